import type { Usage } from '../../domain/model.ts';

/** What was said and done, in order, whether read from Codex's rollout or, where it left none, from its events. */
export type Entry =
  | {
      readonly kind: 'told';
      readonly source: 'system' | 'user';
      readonly atMs: number;
      readonly text: string;
    }
  | { readonly kind: 'reasoning' | 'message'; readonly atMs: number; readonly text: string }
  | {
      readonly kind: 'call';
      readonly atMs: number;
      readonly callId: string;
      readonly name: string;
      readonly arguments: Readonly<Record<string, unknown>>;
    }
  | {
      readonly kind: 'result';
      readonly callId: string;
      /** As the model was told it. */
      readonly text?: string;
      readonly exitCode?: number;
    }
  /** The model's answer is complete: what came since the one before belongs to it. */
  | { readonly kind: 'answered'; readonly atMs: number; readonly responseId: string; readonly usage: Usage };
