/**
 * GPT-5 and Claude Sonnet 4.5 on the 729 shared tasks of SWE-bench Pro's public set (scaleapi's eval_results): by
 * repository, tasks that only GPT-5 resolved, only Claude, and all. Of the others 206 were resolved by both; which
 * ones does not matter to a paired figure.
 */
const repositories: readonly (readonly [name: string, gptOnly: number, claudeOnly: number, tasks: number])[] =
  [
    ['nodebb', 8, 2, 44],
    ['ansible', 5, 11, 96],
    ['element', 7, 5, 55],
    ['flipt', 1, 14, 84],
    ['vuls', 8, 15, 62],
    ['teleport', 7, 17, 76],
    ['openlibrary', 8, 19, 91],
    ['navidrome', 2, 4, 57],
    ['protonmail', 1, 14, 65],
    ['qutebrowser', 7, 8, 79],
    ['tutanota', 5, 4, 20],
  ];
const resolvedByBoth = 206;

export interface PublishedTask {
  readonly task: string;
  readonly cluster: string;
  readonly gpt: boolean;
  readonly claude: boolean;
}

export function publishedPair(): PublishedTask[] {
  let both = resolvedByBoth;
  return repositories.flatMap(([cluster, gptOnly, claudeOnly, tasks]) =>
    Array.from({ length: tasks }, (_, index) => {
      const task = `${cluster}-${index}`;
      if (index < gptOnly) return { task, cluster, gpt: true, claude: false };
      if (index < gptOnly + claudeOnly) return { task, cluster, gpt: false, claude: true };
      const resolved = both > 0;
      if (resolved) both -= 1;
      return { task, cluster, gpt: resolved, claude: resolved };
    }),
  );
}
