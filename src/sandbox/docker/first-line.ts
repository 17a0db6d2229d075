import type Docker from 'dockerode';
import { demultiplexer } from './demultiplex.ts';

const maxBytes = 4096;

/** Starts a container and waits for its first line of output; '' when it ended without one. */
export async function firstLineOf(container: Docker.Container, abortSignal: AbortSignal): Promise<string> {
  const stream = await container.attach({ stream: true, stdout: true, stderr: true, abortSignal });
  const line = readLine(stream);
  line.catch(() => {}); // seen below, unless the start fails first
  await container.start({ abortSignal });
  return await line;
}

/** Leaving the loop closes the stream. */
async function readLine(stream: NodeJS.ReadableStream): Promise<string> {
  let text = '';
  const keep = (chunk: Buffer) => {
    text += chunk.toString('latin1');
  };
  const take = demultiplexer(keep, keep);
  for await (const chunk of stream) {
    take(Buffer.from(chunk));
    if (text.includes('\n') || text.length > maxBytes) break;
  }
  return text.split('\n', 1)[0] ?? '';
}
