import type { ConversationItem, FunctionTool } from '../../inference/client.ts';
import { seededRandom } from '../../lib/random.ts';

/** Short calls of one length, whatever the model thinks of the words. */
export const instructions = [
  'You take part in a measurement of round trips. Nothing is executed.',
  'Answer every message and every tool result with exactly one call of the tool `shell`,',
  'whose command is the last line of what you were sent, to the letter. Say nothing else.',
].join('\n');

export const tools: readonly FunctionTool[] = [
  {
    name: 'shell',
    description: 'Takes a command and returns some text.',
    parameters: {
      type: 'object',
      properties: { command: { type: 'string' } },
      required: ['command'],
      additionalProperties: false,
    },
  },
];

const linesOfAResult = 20;
const wordsOfALine = 12;

/** What an agent would send next: a result for each call; where the model called nothing, a word to go on. */
export function nextInput(
  answered: readonly ConversationItem[],
  round: number,
  seed: number,
): readonly ConversationItem[] {
  const calls = answered.filter((item) => item.type === 'function-call');
  const text = `${textOf(round, seed)}\n${commandOf(round, seed)}`;
  if (calls.length === 0) return [{ type: 'message', role: 'user', text }];
  return calls.map(({ callId }) => ({ type: 'function-result', callId, output: text }));
}

/** Some 1.5 kB, so that the context grows as it does when files are read. */
function textOf(round: number, seed: number): string {
  const random = seededRandom(seed, 'text', round);
  const lines = Array.from({ length: linesOfAResult }, () => words(random, wordsOfALine));
  return [`result of round ${round}`, ...lines].join('\n');
}

function commandOf(round: number, seed: number): string {
  return `echo ${words(seededRandom(seed, 'command', round), 16)}`;
}

function words(random: () => number, count: number): string {
  return Array.from({ length: count }, () => vocabulary[Math.floor(random() * vocabulary.length)]).join(' ');
}

const vocabulary =
  'amber anchor basin cedar cinder copper delta ember fathom garnet harbor island jasper kernel lantern meadow nickel orchard pebble quarry river saddle timber umber valley willow'.split(
    ' ',
  );
