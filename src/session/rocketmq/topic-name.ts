/**
 * Names: what RocketMQ allows topics and groups to be called, and the topics that go with a group.
 *
 *     %RETRY%group    where messages go that its consumers could not handle, and come again from
 *     %DLQ%group      where they end when they came too often
 */
const TOPIC_CHARACTERS_MAX = 127;
/** Topics of a group have their prefix in front. */
const GROUP_TOPIC_CHARACTERS_MAX = 255;
const GROUP_CHARACTERS_MAX = 255;

export const RETRY_PREFIX = '%RETRY%';
export const DEAD_LETTER_PREFIX = '%DLQ%';

/** What the broker answers for a name that it does not take; null for one that it does. */
export function topicNameProblem(name: string): string | null {
  const max = isGroupTopic(name) ? GROUP_TOPIC_CHARACTERS_MAX : TOPIC_CHARACTERS_MAX;
  if (name.trim() === '') return 'The specified topic is blank.';
  if (!isName(name)) return 'The specified topic contains illegal characters, allowing only ^[%|a-zA-Z0-9_-]+$';
  return name.length > max ? 'The specified topic is longer than topic max length.' : null;
}

export function groupNameProblem(name: string): string | null {
  if (name.trim() === '') return 'the specified group is blank';
  if (!isName(name)) return 'the specified group contains illegal characters, allowing only ^[%|a-zA-Z0-9_-]+$';
  return name.length > GROUP_CHARACTERS_MAX ? 'the specified group is longer than group max length 255.' : null;
}

export function isRetryTopic(name: string): boolean {
  return name.startsWith(RETRY_PREFIX);
}

function isGroupTopic(name: string): boolean {
  return isRetryTopic(name) || name.startsWith(DEAD_LETTER_PREFIX);
}

function isName(name: string): boolean {
  for (let at = 0; at < name.length; at++) if (!isAllowed(name.charCodeAt(at))) return false;
  return true;
}

function isAllowed(code: number): boolean {
  const isDigit = code >= 0x30 && code <= 0x39;
  const isLetter = (code >= 0x41 && code <= 0x5a) || (code >= 0x61 && code <= 0x7a);
  return isDigit || isLetter || code === 0x25 || code === 0x2d || code === 0x5f || code === 0x7c;
}
