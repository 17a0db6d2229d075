import { useEffect, useState } from 'preact/hooks';

/** The trial that the address names, or undefined for the report itself. */
export function useTrialRoute(): string | undefined {
  const [id, setId] = useState(trialOfHash);
  useEffect(() => {
    const follow = (): void => setId(trialOfHash());
    addEventListener('hashchange', follow);
    return () => removeEventListener('hashchange', follow);
  }, []);
  return id;
}

const prefix = '#/trial/';

export function trialAddress(id: string): string {
  return prefix + encodeURIComponent(id);
}

function trialOfHash(): string | undefined {
  if (!location.hash.startsWith(prefix)) return undefined;
  try {
    return decodeURIComponent(location.hash.slice(prefix.length));
  } catch {
    // Not written by us: shown as it is, and not found.
    return location.hash.slice(prefix.length);
  }
}
