import type { Failure } from '../failures.ts';
import { chatBody } from './chat-body.ts';
import { metadataHeader, metadataValue } from './headers.ts';
import { createSseTransport } from './sse.ts';
import type { Exchanged, Transport, TransportOptions } from './transport.ts';

/** Chat completions over server-sent events, as OpenAI-compatible servers speak them. */
export function createChatSse(options: TransportOptions): Transport {
  let includeUsage = true;
  const transport = createSseTransport(options, {
    path: '/chat/completions',
    headers: metadataHeaders(options),
    body: ({ request }) => chatBody(request, options, includeUsage),
  });
  return {
    exchange: async (exchange) => {
      const exchanged = await transport.exchange(exchange);
      if (!includeUsage || !refusesStreamOptions(exchanged)) return exchanged;
      includeUsage = false; // for the rest of the session; usage is estimated from here on
      return withResend(exchanged, 'stream-options-refused');
    },
    close: () => transport.close(),
  };
}

/** A chat body has no place for metadata; whoever plays a model finds the task by the header. */
function metadataHeaders({ model, metadata }: TransportOptions): Record<string, string> {
  const { kind, playedBy } = model.provider;
  return kind === 'simulated' || playedBy !== undefined ? { [metadataHeader]: metadataValue(metadata) } : {};
}

function refusesStreamOptions({ ending }: Exchanged): boolean {
  if (ending.kind !== 'failed') return false;
  const { status, message } = ending.failure;
  return (status === 400 || status === 422) && /stream_options|include_usage/.test(message);
}

function withResend(exchanged: Exchanged, resend: string): Exchanged {
  if (exchanged.ending.kind !== 'failed') return exchanged;
  const reason: Failure = { ...exchanged.ending.failure, resend };
  return { ...exchanged, ending: { kind: 'failed', failure: reason } };
}
