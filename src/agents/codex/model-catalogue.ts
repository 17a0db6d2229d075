import { z } from 'zod';
import { EvalrunError } from '../../domain/errors.ts';
import type { ModelProfile } from '../../domain/model.ts';
import { codexVersion } from './codex-release.ts';

const entrySchema = z.looseObject({ slug: z.string() });
const catalogueSchema = z.object({ models: z.array(entrySchema) });

/** What Codex knows of a model: prompt, tools, window. All but name and window is left as Codex ships it. */
export type CatalogueEntry = z.infer<typeof entrySchema>;

/**
 * The bundled entry that every model gets. By its name alone Codex would give one model a JavaScript
 * tool, another no apply_patch and a third both, and a comparison would measure that.
 */
const templateSlug = 'gpt-5.5';

export function templateOf(bundled: string): CatalogueEntry {
  const parsed = catalogueSchema.safeParse(parseJson(bundled));
  const template = parsed.data?.models.find(({ slug }) => slug === templateSlug);
  if (template !== undefined) return template;
  throw new EvalrunError(
    `agent codex: the model catalogue of Codex ${codexVersion} has no entry ${templateSlug}; the binary is not the one that was pinned`,
    { code: 'internal' },
  );
}

export function readTemplate(text: string): CatalogueEntry | undefined {
  return entrySchema.safeParse(parseJson(text)).data;
}

/** A catalogue that holds this model alone, as `model_catalog_json` takes it. */
export function catalogueFor(template: CatalogueEntry, model: ModelProfile): string {
  const entry = {
    ...template,
    slug: model.model,
    display_name: model.model,
    description: `${model.model}, with the prompt and tools of ${template.slug}`,
    // No advice to change to another model.
    upgrade: null,
    context_window: model.contextTokens,
    max_context_window: model.contextTokens,
  };
  return `${JSON.stringify({ models: [entry] }, null, 1)}\n`;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // fails the schema, which says what is wrong
  }
}
