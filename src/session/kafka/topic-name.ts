/**
 * The names that Kafka allows for topics: 1 to 249 of letters, digits, '.', '_' and '-', but not '.' and '..'.
 */

const LENGTH_MAX = 249;

export function isTopicName(name: string): boolean {
  if (name.length === 0 || name.length > LENGTH_MAX || name === '.' || name === '..') return false;
  for (let at = 0; at < name.length; at++) if (!isAllowed(name.charCodeAt(at))) return false;
  return true;
}

function isAllowed(code: number): boolean {
  const isDigit = code >= 48 && code <= 57;
  const isLetter = (code >= 65 && code <= 90) || (code >= 97 && code <= 122);
  return isDigit || isLetter || code === 45 || code === 46 || code === 95;
}
