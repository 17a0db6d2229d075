import type { WorkingStyle } from '../domain/record.ts';
import type { Span } from '../domain/span.ts';
import type { TaskStep } from '../domain/task.ts';
import type { TrajectoryStep } from '../domain/trajectory.ts';

interface Change {
  readonly files: ReadonlySet<string>;
  readonly added: number;
  readonly removed: number;
}

export interface StyleOptions {
  readonly step: TaskStep;
  readonly patch: string | undefined;
  readonly trajectory: readonly TrajectoryStep[];
  readonly spans: readonly Span[];
  readonly agentStartUs: number;
}

/** How the agent worked, beside the reference patch. A report, never a verdict. */
export function workingStyle(options: StyleOptions): WorkingStyle {
  const change = changeOf(options.patch ?? '');
  const calls = options.trajectory.flatMap((step) => step.toolCalls ?? []);
  const firstEdit = calls.findIndex((call) => isEdit(call.name, call.arguments));
  const edit = calls[firstEdit];
  const editSpan = options.spans.find(
    (span) => edit !== undefined && span.details?.['callId'] === edit.callId,
  );
  return {
    filesChanged: change.files.size,
    linesAdded: change.added,
    linesRemoved: change.removed,
    ...besideReference(change, options.step),
    toolCalls: calls.length,
    testCommands: calls.filter((call) => isTestCommand(call.arguments)).length,
    testsAskedFor: /\b(run|write|add|update|extend)\b[^.\n]{0,60}\btests?\b/i.test(options.step.instruction),
    ...(firstEdit === -1 ? {} : { toolCallsBeforeFirstEdit: firstEdit }),
    ...(editSpan === undefined
      ? {}
      : { microsecondsBeforeFirstEdit: editSpan.startUs - options.agentStartUs }),
  };
}

function besideReference(
  change: Change,
  step: TaskStep,
): Pick<WorkingStyle, 'filesOutsideReference' | 'linesBeyondReference'> {
  if (step.solution?.kind !== 'patch') return {};
  const reference = changeOf(step.solution.patch);
  return {
    filesOutsideReference: [...change.files].filter((file) => !reference.files.has(file)).length,
    linesBeyondReference: change.added + change.removed - reference.added - reference.removed,
  };
}

/** Files and lines of a git diff. */
function changeOf(patch: string): Change {
  const files = new Set<string>();
  let added = 0;
  let removed = 0;
  let inHunk = false;
  for (const line of patch.split('\n')) {
    const file = /^diff --git "?a\/.* "?b\/(.+?)"?$/.exec(line)?.[1];
    if (file !== undefined) {
      files.add(file);
      inHunk = false;
    } else if (line.startsWith('@@')) inHunk = true;
    else if (inHunk && line.startsWith('+')) added += 1;
    else if (inHunk && line.startsWith('-')) removed += 1;
  }
  return { files, added, removed };
}

function isEdit(name: string, args: Readonly<Record<string, unknown>>): boolean {
  if (name === 'apply_patch') return true;
  return edits.test(commandOf(args));
}

/** A redirection into a file is an edit; of a numbered stream, to /dev/null, in "->" and ">=" it is not. */
const edits =
  /(^|[;&|]\s*|\s)(sed -i|tee |patch |git apply)|(?<![0-9&=>-])>>?(?![=&>])\s*(?!\/dev\/null)[^&\s]|<<\s*['"]?\w+/;

const testRunner =
  /\b(pytest|unittest|tox|nose2?|npm (run )?test|npx (jest|mocha|vitest)|node --test|jest|mocha|vitest|go test|cargo test|make (test|check)|ctest|rspec|mvn test|gradle test)\b/;

function isTestCommand(args: Readonly<Record<string, unknown>>): boolean {
  return testRunner.test(commandOf(args));
}

function commandOf(args: Readonly<Record<string, unknown>>): string {
  const command = args['command'] ?? args['cmd']; // Codex's name for it
  return typeof command === 'string' ? command : '';
}
