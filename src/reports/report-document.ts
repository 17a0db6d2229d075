/**
 * What a report says, as one value: made once from the records, then shown as HTML, Markdown, CSV, JSON or
 * charts. Everything that is drawn or said stands in it; a renderer computes nothing. Times in seconds or
 * milliseconds as the name says; a share is between 0 and 1. Written as report.json, with a JSON Schema.
 */
import { z } from 'zod';
import { armSchema } from '../domain/arm.ts';

export const reportSchemaVersion = 1;

const interval = z.object({ low: z.number(), high: z.number() });
/** A figure that may have been refused, with the reason in words. */
const figure = z.discriminatedUnion('status', [
  z.object({
    status: z.literal('estimated'),
    value: z.number(),
    interval: interval.optional(),
    n: z.number().int(),
  }),
  z.object({ status: z.literal('refused'), reason: z.string(), n: z.number().int() }),
]);
export type Figure = z.infer<typeof figure>;

const point = z.object({ x: z.number(), y: z.number() });
const bandPoint = point.extend({ low: z.number().optional(), high: z.number().optional() });

const armReportSchema = z.object({
  /** Unique in the document and short: spark, deep, loop-spark@websocket … */
  key: z.string(),
  name: z.string(),
  runId: z.string(),
  arm: armSchema,
  modelName: z.string().optional(),
  simulated: z.boolean(),
  /** Where its records were not measured by evalrun itself: the system they came from. */
  importedFrom: z.string().optional(),
  planned: z.number().int(),
  judged: z.number().int(),
  resolved: z.number().int(),
  errored: z.number().int(),
  cancelled: z.number().int(),
  missing: z.number().int(),
  accuracy: figure,
  /** If every trial without a verdict were a failure, and if every one were a success. */
  bracket: interval,
  passAtK: z.array(z.object({ k: z.number().int(), passAtK: figure, passHatK: figure })),
  /** Working time of the agent, seconds. */
  timeToAnswer: z.object({ p50: figure, p90: figure, mean: figure }),
  timeToSolve: z.object({ p50: figure }),
  costUsd: z.object({ total: z.number().optional(), perSolve: figure, note: z.string().optional() }),
  tokens: z.object({
    input: z.number(),
    cachedInput: z.number(),
    output: z.number(),
    estimated: z.boolean(),
  }),
  /** One row a transport, never pooled. */
  latency: z.array(
    z.object({
      transport: z.string(),
      via: z.enum(['client', 'gateway']),
      requests: z.number().int(),
      failed: z.number().int(),
      /** First request of each trial apart: it pays for connecting and an empty cache. */
      ttftFirstMs: figure,
      ttftMs: z.object({ p50: figure, p90: figure, p95: figure, p99: figure, maximum: figure }),
      tpotMs: z.object({ p50: figure, p95: figure }),
      decodeTokensPerSecond: figure,
      deliveredTokensPerSecond: figure,
      /** Why latency figures are not measured here (a replay at another speed, an import without times). */
      notMeasured: z.string().optional(),
    }),
  ),
  /** Seconds by part over all trials, in the order of the ledger. */
  ledger: z.array(z.object({ part: z.string(), seconds: z.number() })),
  style: z.object({
    filesChanged: figure,
    linesChanged: figure,
    linesBeyondReference: figure,
    toolCalls: figure,
    testCommandsUnasked: figure,
    secondsToFirstEdit: figure,
  }),
  curves: z.object({
    /** Share of judged trials resolved within x seconds of the agent's start. */
    solvedByT: z.object({ points: z.array(bandPoint), band: z.string(), method: z.string() }),
    ttftEcdf: z.array(z.object({ transport: z.string(), points: z.array(point) })),
    /** Median TTFT in ms against the turn's number. */
    ttftByTurn: z.array(z.object({ transport: z.string(), points: z.array(bandPoint) })),
    /** TTFT in ms against input tokens, at most 500 points drawn by a seeded sample. */
    ttftByInput: z.array(z.object({ transport: z.string(), points: z.array(point) })),
    accuracyByDuration: z.object({
      measured: z.object({ minutes: figure, accuracy: figure }),
      /** Output tokens / speed + prefill + tool time + network, as the vendor's chart estimates it; undefined where figures are missing. */
      estimatedMinutes: z.number().optional(),
    }),
  }),
});
export type ArmReport = z.infer<typeof armReportSchema>;

const pairSchema = z.object({
  /** Keys of arms: differences are b - a. */
  a: z.string(),
  b: z.string(),
  tasks: z.number().int(),
  both: z.number().int(),
  onlyA: z.number().int(),
  onlyB: z.number().int(),
  neither: z.number().int(),
  /** Tasks that are not in the pair: tried by one arm only, or without a verdict in one of them. */
  tasksLeftOut: z.number().int(),
  /** Its interval is that of `intervalMethod`. */
  difference: figure,
  intervalMethod: z.string(),
  standardErrorPaired: figure,
  clusters: z
    .object({
      /** In the plural: repositories. */
      name: z.string(),
      count: z.number().int(),
      standardError: figure,
      /** The value is the difference. */
      interval: figure,
      p: figure,
    })
    .optional(),
  tango: interval.optional(),
  newcombe: interval.optional(),
  bootstrap: interval.optional(),
  mcnemarExact: figure,
  mcnemarMidP: figure,
  /** Sign-flip permutation of the tasks' differences: the test where tasks were tried several times. */
  signFlipP: figure,
  /** The interval leaves out 0 and the p value is below .05; with more than two arms: the corrected p is. */
  separated: z.boolean(),
  /** Corrected for the number of pairs (Holm); undefined with two arms. */
  correctedP: z.number().optional(),
  /** t_a / t_b over tasks that both solved: geometric mean. */
  timeRatio: figure,
  speedUpAtEqualAccuracy: z.array(z.object({ share: z.number(), ratio: figure })),
  /** From when the arm that was behind at first has solved more, and that arm's key. */
  crossoverSeconds: figure,
  passedBy: z.string().optional(),
  /** Sentences: what holds for these tasks, and what for new repositories. */
  sentences: z.array(z.string()),
});
export type PairReport = z.infer<typeof pairSchema>;

const trialRefSchema = z.object({
  /** Key into the trial pages. */
  id: z.string(),
  trialId: z.string(),
  attempt: z.number().int(),
  status: z.enum(['resolved', 'unresolved', 'errored', 'cancelled']),
  ending: z.string().optional(),
  message: z.string().optional(),
  seconds: z.number().optional(),
  ttftMs: z.number().optional(),
  costUsd: z.number().optional(),
  outputTokens: z.number().optional(),
  linesChanged: z.number().optional(),
  filesChanged: z.number().optional(),
  toolCalls: z.number().optional(),
});
export type TrialReference = z.infer<typeof trialRefSchema>;

export const reportDocumentSchema = z.object({
  schemaVersion: z.literal(reportSchemaVersion),
  kind: z.enum(['run', 'comparison']),
  title: z.string(),
  /** The word that stands in every title where it holds: SIMULATED, REPLAYED, IMPORTED. */
  labels: z.array(z.string()),
  generatedAt: z.string(),
  evalrunVersion: z.string(),
  seed: z.number().int(),
  /** Plain language, most important first. */
  verdict: z.array(z.string()),
  runs: z.array(
    z.object({
      runId: z.string(),
      suite: z.string(),
      datasets: z.array(z.string()),
      /** This and the following are absent where an imported run does not tell them. */
      startedAt: z.string().optional(),
      host: z.string().optional(),
      engine: z.string().optional(),
      seed: z.number().optional(),
      jobs: z.number().optional(),
      state: z.string(),
      notes: z.array(z.string()),
    }),
  ),
  arms: z.array(armReportSchema),
  pairs: z.array(pairSchema),
  /** Arms that are not separated from each other, best first; with more than two arms. */
  tieGroups: z.array(z.array(z.string())),
  leftOut: z.array(z.object({ reason: z.string(), count: z.number().int(), examples: z.array(z.string()) })),
  tasks: z.array(
    z.object({
      taskId: z.string(),
      dataset: z.string(),
      group: z.string().optional(),
      difficulty: z.string().optional(),
      category: z.string().optional(),
      /** By arm key; an arm that did not try it is absent. */
      trials: z.record(z.string(), z.array(trialRefSchema)),
    }),
  ),
  /** Lines that could not be read and other warnings, as sentences. */
  warnings: z.array(z.string()),
});
export type ReportDocument = z.infer<typeof reportDocumentSchema>;

/** A trial's page: loaded when it is opened. Texts are shown as text, never as markup. */
export const trialPageSchema = z.object({
  id: z.string(),
  trialId: z.string(),
  taskId: z.string(),
  arm: z.string(),
  status: z.string(),
  outcome: z.string(),
  steps: z.array(
    z.object({
      source: z.enum(['system', 'user', 'agent']),
      atSeconds: z.number(),
      message: z.string(),
      reasoning: z.string().optional(),
      toolCalls: z.array(
        z.object({
          name: z.string(),
          arguments: z.string(),
          output: z.string(),
          exitCode: z.number().optional(),
          seconds: z.number().optional(),
        }),
      ),
    }),
  ),
  patch: z.string().optional(),
  tests: z.array(z.object({ name: z.string(), status: z.string(), set: z.string().optional() })),
  /** Seconds from the slot; requests and commands as bars, marks inside a request. */
  waterfall: z.array(
    z.object({
      part: z.string(),
      name: z.string(),
      start: z.number(),
      end: z.number(),
      firstToken: z.number().optional(),
      details: z.string().optional(),
    }),
  ),
  ledger: z.array(z.object({ part: z.string(), seconds: z.number() })),
  notes: z.array(z.string()),
  /** What was cut for size, as sentences. */
  cut: z.array(z.string()),
});
export type TrialPage = z.infer<typeof trialPageSchema>;
