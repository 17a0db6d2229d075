import type { ComponentChildren } from 'preact';

interface Properties {
  readonly label: string;
  readonly children: ComponentChildren;
}

/** What may be wider than the window; the keyboard must be able to scroll it. */
export function Scroll({ label, children }: Properties) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: without it the arrow keys do not reach what is cut off
    <section class="scroll" tabIndex={0} aria-label={label}>
      {children}
    </section>
  );
}
