interface Properties {
  readonly label: string;
  /** Each by the id of its heading and the name to show. */
  readonly sections: readonly (readonly [id: string, name: string])[];
}

export function SectionNav({ label, sections }: Properties) {
  return (
    <nav aria-label={label} class="sections">
      {sections.map(([id, name]) => (
        <button type="button" key={id} onClick={() => goTo(id)}>
          {name}
        </button>
      ))}
    </nav>
  );
}

/** The address names the open trial, so that sections are gone to without it. */
function goTo(id: string): void {
  const heading = document.getElementById(id);
  heading?.scrollIntoView();
  heading?.focus({ preventScroll: true });
}
