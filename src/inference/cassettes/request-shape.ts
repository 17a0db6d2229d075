import { asObject, asObjects, asText, type JsonObject } from '../transports/json.ts';

/** What two requests must have in common for the answer to one to be an answer to the other. */
export interface RequestShape {
  readonly model: string;
  readonly streamed: boolean;
  /** `generate: false`: a request that only warms up. */
  readonly generates: boolean;
  /** Whether it continues a response instead of sending the whole conversation. */
  readonly chained: boolean;
  /** Name and schema of each tool. */
  readonly tools: readonly string[];
  /** Kind and role of each item that is sent. */
  readonly kinds: readonly string[];
}

/** Reads the bodies of all three APIs: Responses, chat completions and messages. */
export function shapeOf(body: unknown): RequestShape {
  const request = asObject(body) ?? {};
  return {
    model: asText(request['model']) ?? '',
    streamed: request['stream'] === true,
    generates: request['generate'] !== false,
    chained: asText(request['previous_response_id']) !== undefined,
    tools: asObjects(request['tools']).map(toolOf),
    kinds: itemsOf(request).map(kindOf),
  };
}

/** In what the two differ, as half a sentence; undefined where they match. */
export function mismatchOf(recorded: RequestShape, asked: RequestShape): string | undefined {
  if (recorded.model !== asked.model) return `the model is "${asked.model}", recorded is "${recorded.model}"`;
  if (recorded.generates !== asked.generates) return 'one of the two only warms up';
  if (recorded.streamed !== asked.streamed) return 'one of the two asks for a stream';
  if (recorded.chained !== asked.chained) {
    return asked.chained
      ? 'it continues a response, recorded is the whole conversation'
      : 'it sends the whole conversation, recorded is the continuation of a response';
  }
  return (
    listMismatch('the tools differ', recorded.tools, asked.tools) ??
    listMismatch('the kinds of items differ', recorded.kinds, asked.kinds)
  );
}

function listMismatch(
  what: string,
  recorded: readonly string[],
  asked: readonly string[],
): string | undefined {
  const longer = Math.max(recorded.length, asked.length);
  const at = Array.from({ length: longer }, (_, index) => index).find(
    (index) => recorded[index] !== asked[index],
  );
  if (at === undefined) return undefined;
  const named = (list: readonly string[]): string => short(list[at] ?? 'none');
  return `${what} (${asked.length}, recorded are ${recorded.length}) at number ${at + 1}: ${named(asked)}, recorded is ${named(recorded)}`;
}

function short(text: string): string {
  return text.length <= 120 ? text : `${text.slice(0, 120)}…`;
}

function itemsOf(request: JsonObject): readonly JsonObject[] {
  const { input } = request;
  if (typeof input === 'string') return [{ role: 'user' }];
  return asObjects(input ?? request['messages']);
}

function kindOf(item: JsonObject): string {
  const role = asText(item['role']);
  const name = asText(item['name']);
  const parts = [
    ...blocksOf(item['content']),
    ...(asObjects(item['tool_calls']).length > 0 ? ['tool_calls'] : []),
  ];
  return [
    asText(item['type']) ?? 'message',
    ...(role === undefined ? [] : [role]),
    ...(name === undefined ? [] : [name]),
    ...(parts.length === 0 ? [] : [`[${parts.join(' ')}]`]),
  ].join(' ');
}

const plainText = new Set(['text', 'input_text', 'output_text']);

/** Blocks that are more than text: results and uses of tools, images. */
function blocksOf(content: unknown): readonly string[] {
  return asObjects(content)
    .map((block) => asText(block['type']) ?? '')
    .filter((type) => !plainText.has(type));
}

/** A description is text; it may differ. */
function toolOf(tool: JsonObject): string {
  const inner = asObject(tool['function']) ?? tool;
  const schema = inner['parameters'] ?? inner['input_schema'] ?? inner['format'];
  const name = asText(inner['name']) ?? asText(tool['type']) ?? '';
  return schema === undefined ? name : `${name} ${JSON.stringify(withoutDescriptions(schema))}`;
}

/** With keys in order: two ways to write one schema are one schema. */
function withoutDescriptions(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutDescriptions);
  const object = asObject(value);
  if (object === undefined) return value;
  const kept = Object.entries(object).filter(
    ([key, inner]) => key !== 'description' || typeof inner !== 'string',
  );
  return Object.fromEntries(
    kept
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, inner]): [string, unknown] => [key, withoutDescriptions(inner)]),
  );
}
