import { z } from 'zod';
import { type RequestContext, requestKindOf, turnMetadataHeader } from './request-metadata.ts';

const itemSchema = z.looseObject({ type: z.string().optional() });
export type WireItem = z.infer<typeof itemSchema>;

const toolSchema = z.looseObject({ type: z.string().optional(), name: z.string().optional() });

/** The body of POST /v1/responses or of a `response.create` frame, read leniently: what is unknown is ignored. */
const bodySchema = z.looseObject({
  model: z.string(),
  instructions: z.string().nullish(),
  input: z.union([z.string(), z.array(itemSchema)]).default([]),
  tools: z.array(toolSchema).nullish(),
  metadata: z.record(z.string(), z.string()).nullish(),
  client_metadata: z.record(z.string(), z.unknown()).nullish(),
  stream: z.boolean().nullish(),
  generate: z.boolean().nullish(),
  previous_response_id: z.string().nullish(),
});

/** A request to any of the fronts, in the terms of the Responses API. */
export interface CreateRequest {
  readonly model: string;
  readonly instructions: string;
  /** As it was sent: over a chain only what is new. */
  readonly input: readonly WireItem[];
  readonly tools: readonly string[];
  /** Those of the tools that take plain text. */
  readonly customTools: readonly string[];
  readonly toolsText: string;
  readonly metadata: Readonly<Record<string, string>>;
  readonly stream: boolean;
  readonly generate: boolean;
  /** Asks for a summary to go on from in the place of the conversation. */
  readonly isCompaction: boolean;
  readonly previousResponseId: string | undefined;
}

/** The request, or the sentence that says what is wrong with it. */
export function readCreateRequest(value: unknown, context: RequestContext): CreateRequest | string {
  const parsed = bodySchema.safeParse(value);
  if (!parsed.success) return z.prettifyError(parsed.error);
  const body = parsed.data;
  const tools = body.tools ?? [];
  const requestKind = requestKindOf(body.client_metadata?.[turnMetadataHeader]) ?? context.requestKind;
  return {
    model: body.model,
    instructions: body.instructions ?? '',
    input: typeof body.input === 'string' ? [userMessage(body.input)] : body.input,
    tools: namesOf(tools),
    customTools: namesOf(tools.filter(({ type }) => type === 'custom')),
    toolsText: body.tools === undefined || body.tools === null ? '' : JSON.stringify(body.tools),
    metadata: { ...context.metadata, ...body.metadata },
    stream: body.stream ?? false,
    generate: body.generate ?? true,
    isCompaction: requestKind === 'compaction',
    previousResponseId: body.previous_response_id ?? undefined,
  };
}

function namesOf(tools: readonly z.infer<typeof toolSchema>[]): readonly string[] {
  return tools.map(({ name }) => name ?? '');
}

function userMessage(text: string): WireItem {
  return { type: 'message', role: 'user', content: text };
}

/** What of an item a model would read: its texts, without the fields that only frame them. */
export function textOfItem(item: WireItem): string {
  const parts = [item['content'], item['summary'], item['arguments'], item['output'], item['input']];
  return parts.map(textOf).join('');
}

function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  if (!Array.isArray(value)) return '';
  return value.map((part: unknown) => textOf((part as { text?: unknown } | null)?.text)).join('');
}
