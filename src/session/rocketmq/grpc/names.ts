/**
 * Names as clients give them, checked. A client's namespace is a prefix of the name: `namespace%name`.
 */
import { CODE } from '../../../wire/rocketmq/v2/codes.ts';
import type { Resource } from '../../../wire/rocketmq/v2/shapes.ts';
import { groupNameProblem, topicNameProblem } from '../topic-name.ts';
import { Refusal } from './refusal.ts';

export function topicNameOf(resource: Resource | null | undefined): string {
  const name = fullNameOf(resource);
  const problem = topicNameProblem(name);
  if (problem !== null) throw new Refusal(CODE.ILLEGAL_TOPIC, problem);
  return name;
}

export function groupNameOf(resource: Resource | null | undefined): string {
  const name = fullNameOf(resource);
  const problem = groupNameProblem(name);
  if (problem !== null) throw new Refusal(CODE.ILLEGAL_CONSUMER_GROUP, problem);
  return name;
}

function fullNameOf(resource: Resource | null | undefined): string {
  if (resource === null || resource === undefined) return '';
  const { resourceNamespace = '', name } = resource;
  return resourceNamespace === '' ? name : `${resourceNamespace}%${name}`;
}
