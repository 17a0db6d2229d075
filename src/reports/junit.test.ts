import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { XmlDocument, XsdValidator } from 'libxml2-wasm';
import { describe, expect, test } from 'vitest';
import { gateJunit } from './gate/gate-junit.ts';
import { judgeGate } from './gate/judge-gate.ts';
import { gateInput, gateSide } from './gate/testing/gate-sides.ts';
import { junitXml } from './junit.ts';

const schema = readFileSync(join(import.meta.dirname, 'fixtures/junit-as-written.xsd'), 'utf8');

/** Throws where the text is no XML or not by the schema. */
function validate(xml: string): void {
  using schemaDocument = XmlDocument.fromString(schema);
  using validator = XsdValidator.fromDoc(schemaDocument);
  using document = XmlDocument.fromString(xml);
  validator.validate(document);
}

function textAt(xml: string, path: string): string | undefined {
  using document = XmlDocument.fromString(xml);
  return document.get(path)?.content;
}

const baseline = gateSide('before', {
  same: '1',
  worse: '1',
  better: '0',
  broken: '1',
  muted: '1',
  'gone <&>': '1',
});
const candidate = gateSide('after', { same: '1', worse: '0', better: '1', broken: 'e', muted: '0' });
const quarantine = [
  { task: 'muted', reason: 'port "clash" & <more>', owner: 'infra', expires: '2999-01-31' },
];

describe('the file of a gate', () => {
  const xml = gateJunit(judgeGate({ ...gateInput(baseline, candidate), quarantine }));
  const ofTask = (name: string, what: string): string | undefined =>
    textAt(xml, `//testsuite[@name="made"]/testcase[@name="${name}"]/${what}`);

  test('holds to the schema', () => {
    validate(xml);
  });

  test('a regression is a failure, no verdict an error, a quarantined task is skipped with its reason', () => {
    expect(ofTask('worse', 'failure/@message')).toBe('baseline resolved, candidate unresolved');
    expect(ofTask('broken', 'error/@message')).toBe('sandbox: no room');
    expect(ofTask('muted', 'skipped/@message')).toBe(
      'quarantined until 2999-01-31 (infra): port "clash" & <more>',
    );
    expect(ofTask('gone <&>', 'skipped/@message')).toBe('only in baseline');
    expect(ofTask('same', '*[self::failure or self::error or self::skipped]')).toBeUndefined();
    expect(ofTask('better', 'system-out')).toBe('baseline: unresolved; candidate: resolved');
  });

  test('the gate’s rules are cases of their own, and inconclusive is no pass', () => {
    expect(textAt(xml, '//testsuite[@name="gate"]/testcase[@name="accuracy"]/skipped/@message')).toMatch(
      /^inconclusive/,
    );
    expect(textAt(xml, '//testsuite[@name="gate"]/@tests')).toBe('3');
    expect(textAt(xml, '//testsuite[@name="made"]/@failures')).toBe('1');
    expect(textAt(xml, '/testsuites/@errors')).toBe('1');
  });
});

test('a failed gate is a failure with its figures', () => {
  const letters = (drop: number) =>
    Object.fromEntries(Array.from({ length: 200 }, (_, index) => [`t${index}`, index < drop ? '0' : '1']));
  const xml = gateJunit(judgeGate(gateInput(gateSide('before', letters(0)), gateSide('after', letters(40)))));
  validate(xml);
  expect(textAt(xml, '//testcase[@name="accuracy"]/failure')).toContain('candidate 80 %: -20 points');
});

test('text that XML cannot hold loses just that', () => {
  const hostile = 'a\u0000b\u001b[31mc\uD800d\uFFFEe]]>f<g>&"h"\ti\u{1F600}';
  const xml = junitXml(hostile, [
    {
      name: hostile,
      properties: { [hostile]: hostile },
      cases: [
        {
          name: hostile,
          className: hostile,
          outcome: { status: 'error', type: hostile, message: hostile },
          output: hostile,
        },
      ],
    },
  ]);
  validate(xml);
  expect(textAt(xml, '//system-out')).toBe('ab[31mc\uFFFDde]]>f<g>&"h"\ti\u{1F600}');
  expect(textAt(xml, '//testcase/@name')).toBe('ab[31mc\uFFFDde]]>f<g>&"h" i\u{1F600}');
});

test('the schema refuses what is not by it', () => {
  const xml = junitXml('x', [
    { name: 's', properties: {}, cases: [{ name: 'c', className: 'k', outcome: { status: 'passed' } }] },
  ]);
  validate(xml);
  expect(() => validate(xml.replace(' tests="1"', ''))).toThrow();
  expect(() => validate(xml.replace('classname="k"', 'classname="k" time="soon"'))).toThrow();
});
