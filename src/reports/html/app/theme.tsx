import { Chart } from 'chart.js';
import { useEffect, useState } from 'preact/hooks';
import { type ChartTheme, darkTheme, lightTheme } from '../../charts/chart-theme.ts';

const choices = ['system', 'light', 'dark'] as const;
type Choice = (typeof choices)[number];
const key = 'evalrun-theme';

export interface Theme {
  readonly colours: ChartTheme;
  readonly choice: Choice;
  readonly next: () => void;
}

/** The system's theme until another is chosen; what is printed is light. */
export function useTheme(isPrinting: boolean): Theme {
  const [choice, setChoice] = useState(kept);
  const isDark = useMedia('(prefers-color-scheme: dark)');
  const dark = choice === 'dark' || (choice === 'system' && isDark);
  useEffect(() => {
    document.documentElement.dataset['theme'] = choice;
    keep(choice);
  }, [choice]);
  return {
    colours: dark && !isPrinting ? darkTheme : lightTheme,
    choice,
    next: () => setChoice(choices[(choices.indexOf(choice) + 1) % choices.length] ?? 'system'),
  };
}

function useMedia(query: string): boolean {
  const [matches, setMatches] = useState(() => matchMedia(query).matches);
  useEffect(() => {
    const list = matchMedia(query);
    const follow = (): void => setMatches(list.matches);
    list.addEventListener('change', follow);
    return () => list.removeEventListener('change', follow);
  }, [query]);
  return matches;
}

/** A file may have no storage at all, or one that refuses: then the choice holds for this page. */
function kept(): Choice {
  try {
    return choices.find((choice) => choice === localStorage.getItem(key)) ?? 'system';
  } catch {
    return 'system';
  }
}

function keep(choice: Choice): void {
  try {
    localStorage.setItem(key, choice);
  } catch {
    // See above.
  }
}

export function ThemeButton({ theme }: { readonly theme: Theme }) {
  return (
    <button
      type="button"
      class="theme-button"
      onClick={theme.next}
      aria-label={`Theme: ${theme.choice}. Change`}
    >
      Theme: {theme.choice}
    </button>
  );
}

/** Charts write in the font of the page. */
export function usePageFont(): void {
  Chart.defaults.font.family = getComputedStyle(document.body).fontFamily;
}
