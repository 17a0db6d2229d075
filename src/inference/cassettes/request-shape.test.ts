import { expect, test } from 'vitest';
import { mismatchOf, shapeOf } from './request-shape.ts';

const tool = (name: string, parameters: object, description = 'd') => ({
  type: 'function',
  name,
  description,
  parameters,
});

function differs(recorded: unknown, asked: unknown): string | undefined {
  return mismatchOf(shapeOf(recorded), shapeOf(asked));
}

test('texts, ids and descriptions are no part of the shape, nor is the order of keys', () => {
  const recorded = {
    model: 'm',
    instructions: 'a',
    input: [
      { type: 'message', role: 'user', content: 'a' },
      { type: 'function_call_output', call_id: '1', output: 'a' },
    ],
    tools: [
      tool('shell', { type: 'object', properties: { description: { type: 'string', description: 'x' } } }),
    ],
  };
  const asked = {
    instructions: 'b',
    tools: [
      tool(
        'shell',
        { properties: { description: { description: 'y', type: 'string' } }, type: 'object' },
        'e',
      ),
    ],
    input: [
      { content: 'b', type: 'message', role: 'user' },
      { type: 'function_call_output', call_id: '2', output: 'b' },
    ],
    model: 'm',
  };
  expect(differs(recorded, asked)).toBeUndefined();
});

test('a parameter that is called description is part of the schema', () => {
  const with_ = { tools: [tool('a', { properties: { description: { type: 'string' } } })] };
  const without = { tools: [tool('a', { properties: {} })] };
  expect(differs(with_, without)).toMatch(/the tools differ/);
});

test.each<[string, object, object, RegExp]>([
  [
    'role',
    { messages: [{ role: 'user' }] },
    { messages: [{ role: 'system' }] },
    /message system, recorded is message user/,
  ],
  [
    'block',
    { messages: [{ role: 'user', content: [{ type: 'text' }] }] },
    { messages: [{ role: 'user', content: [{ type: 'tool_result' }] }] },
    /\[tool_result\]/,
  ],
  [
    'item more',
    { input: [] },
    { input: [{ type: 'reasoning' }] },
    /\(1, recorded are 0\) at number 1: reasoning/,
  ],
  ['stream', { stream: true }, {}, /asks for a stream/],
  ['prewarm', { generate: false }, {}, /only warms up/],
  ['chaining', { previous_response_id: 'r' }, {}, /sends the whole conversation/],
  [
    'chat tool',
    { tools: [{ type: 'function', function: { name: 'a', parameters: { x: 1 } } }] },
    { tools: [{ type: 'function', function: { name: 'a', parameters: { x: 2 } } }] },
    /the tools differ/,
  ],
  [
    'messages tool',
    { tools: [{ name: 'a', input_schema: {} }] },
    { tools: [{ name: 'b', input_schema: {} }] },
    /: b \{\}/,
  ],
])('another %s is told', (_name, recorded, asked, message) => {
  expect(differs(recorded, asked)).toMatch(message);
});

test('a text as the whole input is a message of the user', () => {
  expect(differs({ input: 'a' }, { input: [{ role: 'user', content: 'b' }] })).toBeUndefined();
});
