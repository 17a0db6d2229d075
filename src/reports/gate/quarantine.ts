import { z } from 'zod';
import { EvalrunError } from '../../domain/errors.ts';

const entrySchema = z.strictObject({
  task: z.string().min(1),
  reason: z.string().min(1),
  /** Who takes it out again. */
  owner: z.string().min(1),
  /** Last day on which it holds, UTC. */
  expires: z.iso.date(),
});
export type Quarantined = z.infer<typeof entrySchema>;

export const quarantineSchema = z.strictObject({ quarantine: z.array(entrySchema) });

/** The entries, where all of them still hold. Throws EvalrunError('usage') for one that is expired or stands twice. */
export function currentQuarantine(
  entries: readonly Quarantined[],
  { path, now }: { readonly path: string; readonly now: Date },
): readonly Quarantined[] {
  const today = now.toISOString().slice(0, 10);
  const expired = entries.filter(({ expires }) => expires < today);
  if (expired.length > 0) {
    const list = expired.map(({ task, owner, expires }) => `${task} (expired ${expires}, owner ${owner})`);
    throw usage(
      `${path}: ${list.join('; ')}: take it out, or give it a new date with the owner's reason for it`,
    );
  }
  const doubled = entries.find(
    ({ task }, index) => entries.findIndex((other) => other.task === task) < index,
  );
  if (doubled !== undefined) throw usage(`${path}: task "${doubled.task}" stands twice`);
  return entries;
}

function usage(message: string): EvalrunError {
  return new EvalrunError(message, { code: 'usage' });
}
