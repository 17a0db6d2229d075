import { expect, test } from 'vitest';
import { textDifferences } from './text-differences.ts';

const kinds = (recorded: unknown, asked: unknown) =>
  textDifferences(recorded, asked).map(({ kind, where }) => [kind, where]);

const output = (text: string) => ({ input: [{ type: 'function_call_output', call_id: 'c', output: text }] });

test.each<[string, unknown, unknown, [string, string][]]>([
  ['nothing', output('a'), output('a'), []],
  ['the output of a tool', output('ok'), output('not ok'), [['tool-output', 'input[0].output']]],
  [
    'durations in it',
    output('2 passed in 0.03s'),
    output('2 passed in 1.2s'),
    [['times', 'input[0].output']],
  ],
  [
    'dates in it',
    output('at 2026-02-12T10:00:00.123Z, 10:00'),
    output('at 2026-02-13T11:30:00Z, 11:30'),
    [['times', 'input[0].output']],
  ],
  [
    'hashes in it',
    output('commit 9384558365a5a8ce5e8ee867f5250cc64bc24681'),
    output('commit b765eb6bc2d5b80f6fdf975525d3c01b61cbeb95'),
    [['ids', 'input[0].output']],
  ],
  ['instructions', { instructions: 'a' }, { instructions: 'b' }, [['instruction', 'instructions']]],
  [
    'what the user says',
    { messages: [{ role: 'user', content: 'a' }] },
    { messages: [{ role: 'user', content: 'b' }] },
    [['instruction', 'messages[0].content']],
  ],
  [
    'a result in a chat',
    { messages: [{ role: 'tool', content: 'a' }] },
    { messages: [{ role: 'tool', content: 'b' }] },
    [['tool-output', 'messages[0].content']],
  ],
  [
    'a result in a message',
    { messages: [{ role: 'user', content: [{ type: 'tool_result', content: 'a' }] }] },
    { messages: [{ role: 'user', content: [{ type: 'tool_result', content: 'b' }] }] },
    [['tool-output', 'messages[0].content[0].content']],
  ],
  [
    'what the model said',
    { input: [{ type: 'message', role: 'assistant', content: [{ type: 'output_text', text: 'a' }] }] },
    { input: [{ type: 'message', role: 'assistant', content: [{ type: 'output_text', text: 'b' }] }] },
    [['answer', 'input[0].content[0].text']],
  ],
  [
    'ids',
    { previous_response_id: 'a', prompt_cache_key: 'a', input: [{ call_id: 'a' }] },
    { previous_response_id: 'b', prompt_cache_key: 'b', input: [{ call_id: 'b' }] },
    [
      ['ids', 'previous_response_id'],
      ['ids', 'prompt_cache_key'],
      ['ids', 'input[0].call_id'],
    ],
  ],
  [
    'settings',
    { temperature: 1 },
    { max_tokens: 5 },
    [
      ['settings', 'temperature'],
      ['settings', 'max_tokens'],
    ],
  ],
])('%s', (_name, recorded, asked, expected) => {
  expect(kinds(recorded, asked)).toEqual(expected);
});
