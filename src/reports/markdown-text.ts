/**
 * A text that stays text: names come from tasks, models and other systems. Every character that means something to
 * Markdown or HTML is escaped, mentions and links included, and there is no new line.
 */
export function markdownText(text: string): string {
  return text
    .replaceAll(/\s+/g, ' ')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll(/[\\`*_{}[\]|~#!]/g, '\\$&')
    .replaceAll('@', '&#64;')
    .replaceAll('://', '&#58;//')
    .replace(/^([-+=])/, '\\$1')
    .replace(/^(\d+)([.)]) /, '$1\\$2 ');
}
