import type { Duplex } from 'node:stream';

/**
 * Reads the connection of an agent that has to wait for its WebSocket: the end of what nobody reads is not
 * noticed. What the function returns ends that and gives what came meanwhile, `head` first.
 */
export function hearUntilJoined(stream: Duplex, head: Buffer, onEnd: () => void): () => Buffer {
  const heard = [head];
  let size = head.length;
  const onData = (chunk: Buffer): void => {
    heard.push(chunk);
    size += chunk.length;
    if (size > mostHeard) stream.destroy(); // nobody may say anything yet
  };
  stream.on('data', onData);
  stream.once('end', onEnd);
  return () => {
    stream.off('data', onData);
    stream.off('end', onEnd);
    return Buffer.concat(heard);
  };
}

const mostHeard = 1024 * 1024;
