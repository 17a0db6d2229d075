/** JUnit's XML as CI servers read it; holds to the schema of Jenkins' xunit plugin (docs/ci.md). */

export type JUnitOutcome =
  | { readonly status: 'passed' }
  | { readonly status: 'skipped'; readonly message: string }
  | {
      readonly status: 'failure' | 'error';
      readonly type: string;
      readonly message: string;
      readonly text?: string;
    };

export interface JUnitCase {
  readonly name: string;
  readonly className: string;
  readonly seconds?: number;
  readonly outcome: JUnitOutcome;
  readonly output?: string;
}

export interface JUnitSuite {
  readonly name: string;
  readonly properties: Readonly<Record<string, string>>;
  readonly cases: readonly JUnitCase[];
}

export function junitXml(name: string, suites: readonly JUnitSuite[]): string {
  const all = suites.flatMap(({ cases }) => cases);
  const totals = { name, tests: all.length, failures: count(all, 'failure'), errors: count(all, 'error') };
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites${attributes(totals)}>`,
    ...suites.map(suiteXml),
    '</testsuites>',
    '',
  ].join('\n');
}

function count(cases: readonly JUnitCase[], status: JUnitOutcome['status']): number {
  return cases.filter(({ outcome }) => outcome.status === status).length;
}

function suiteXml({ name, properties, cases }: JUnitSuite): string {
  const seconds = cases.reduce((total, one) => total + (one.seconds ?? 0), 0);
  const totals = {
    name,
    tests: cases.length,
    failures: count(cases, 'failure'),
    errors: count(cases, 'error'),
    skipped: count(cases, 'skipped'),
    time: seconds.toFixed(3),
  };
  const named = Object.entries(properties).map(
    ([key, value]) => `      <property${attributes({ name: key, value })}/>`,
  );
  return [
    `  <testsuite${attributes(totals)}>`,
    ...(named.length === 0 ? [] : ['    <properties>', ...named, '    </properties>']),
    ...cases.map(caseXml),
    '  </testsuite>',
  ].join('\n');
}

function caseXml({ name, className, seconds, outcome, output }: JUnitCase): string {
  const time = seconds === undefined ? {} : { time: seconds.toFixed(3) };
  const inside = [
    ...outcomeXml(outcome),
    ...(output === undefined ? [] : [`      <system-out>${escapeXml(output)}</system-out>`]),
  ];
  const start = `    <testcase${attributes({ name, classname: className, ...time })}`;
  return inside.length === 0 ? `${start}/>` : [`${start}>`, ...inside, '    </testcase>'].join('\n');
}

function outcomeXml(outcome: JUnitOutcome): string[] {
  switch (outcome.status) {
    case 'passed':
      return [];
    case 'skipped':
      return [`      <skipped${attributes({ message: outcome.message })}/>`];
    case 'failure':
    case 'error': {
      const { status, type, message, text = message } = outcome;
      return [`      <${status}${attributes({ type, message })}>${escapeXml(text)}</${status}>`];
    }
    default:
      return outcome satisfies never;
  }
}

function attributes(values: Readonly<Record<string, string | number>>): string {
  return Object.entries(values)
    .map(([name, value]) => ` ${name}="${escapeXml(String(value)).replaceAll(/[\t\n\r]/g, ' ')}"`)
    .join('');
}

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

/** Characters that XML 1.0 cannot hold in any form are left out: terminal escapes, lone surrogates, U+FFFE. */
function escapeXml(text: string): string {
  return text
    .toWellFormed()
    .replaceAll(/[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/gu, '')
    .replaceAll(/[&<>"]/g, (character) => entities[character] ?? character);
}
