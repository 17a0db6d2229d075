import { relative, resolve } from 'node:path/posix';
import type { ActionPatterns } from '../../domain/intervention.ts';
import { matchesAny } from '../../lib/glob.ts';
import { parsePatch } from './parse-patch.ts';

/** What a tool call does, as far as its arguments show it. */
export interface Action {
  /** The shell command, or the lines that the patch adds. */
  readonly text: string;
  /** Files that it edits: absolute, and relative to the working directory where they lie in it. */
  readonly files: readonly string[];
}

export function actionOf(name: string, rawArguments: string, cwd: string): Action {
  const { command, patch, workdir } = fieldsOf(rawArguments);
  if (name === 'shell' && command !== undefined) {
    return {
      text: command,
      files: writes.test(command) ? pathsIn(command, resolve(cwd, workdir ?? '.'), cwd) : [],
    };
  }
  if (patch === undefined) return { text: '', files: [] };
  return { text: addedLines(patch), files: patchedFiles(patch).flatMap((file) => namesOf(file, cwd, cwd)) };
}

export function matchesAction({ text, files }: Action, patterns: ActionPatterns): boolean {
  const { commands = [], files: globs = [] } = patterns;
  if (commands.some((pattern) => new RegExp(pattern).test(text))) return true;
  return files.some((file) => matchesAny(file, globs));
}

/**
 * What a command writes cannot be known from its text. Taken for an edit of every file that it names is one that
 * redirects, feeds a script to an interpreter, or uses a program that changes files.
 */
const writes =
  /(?<![0-9&=>-])>>?(?![=&>])\s*(?!\/dev\/null)[^&\s]|<<-?\s*['"]?\w|\b(tee|cp|mv|rm|ln|install|truncate|touch|patch|dd)\s|\b(sed|perl)\s+(-\S+\s+)*-\w*i|\bgit\b[^\n;|&]*\s(apply|checkout|restore|reset|mv|rm|stash|revert|clean)\b|\b(python3?|node|ruby|perl)\s+(-\S+\s+)*-[ce]\b/;

const wordEnds = /[\s'"`;|&<>(){}=,]+/;

function pathsIn(command: string, from: string, cwd: string): string[] {
  const words = new Set(
    command.split(wordEnds).filter((word) => /[\w)]$/.test(word) && !word.startsWith('-')),
  );
  return [...words].flatMap((word) => namesOf(word, from, cwd));
}

function namesOf(path: string, from: string, cwd: string): string[] {
  const absolute = resolve(from, path);
  const inside = relative(cwd, absolute);
  return inside === '' || inside.startsWith('..') ? [absolute] : [absolute, inside];
}

function addedLines(patch: string): string {
  const added = patch.split('\n').filter((line) => line.startsWith('+'));
  return added.map((line) => line.slice(1)).join('\n');
}

function patchedFiles(patch: string): string[] {
  try {
    return parsePatch(patch).flatMap((operation) =>
      operation.kind === 'update' && operation.moveTo !== undefined
        ? [operation.path, operation.moveTo]
        : [operation.path],
    );
  } catch {
    return []; // a patch that is none changes nothing; the tool tells the model what is wrong with it
  }
}

function fieldsOf(rawArguments: string): Partial<Record<'command' | 'patch' | 'workdir', string>> {
  try {
    const parsed: unknown = JSON.parse(rawArguments);
    if (typeof parsed !== 'object' || parsed === null) return {};
    return Object.fromEntries(Object.entries(parsed).filter(([, value]) => typeof value === 'string'));
  } catch {
    return {}; // malformed arguments: the call will not be carried out
  }
}
