/**
 * Users and what they may do: the bodies of the AUTH requests.
 */
import { Body, list, object, text } from '../body.ts';

const user = object({
  username: text.optional(),
  password: text.optional(),
  /** Super or Normal. */
  userType: text.optional(),
  /** enable or disable. */
  userStatus: text.optional(),
});
const acl = object({
  /** `User:name`. */
  subject: text.optional(),
  policies: list(
    object({
      /** Custom or Default. */
      policyType: text.optional(),
      entries: list(
        object({
          /** `Topic:orders`, `Group:*`, `Cluster:...`, `Namespace:...`. */
          resource: text.optional(),
          actions: list(text).or([]),
          sourceIps: list(text).or([]),
          /** Allow or Deny. */
          decision: text.optional(),
        }),
      ).or([]),
    }),
  ).or([]),
});

export const userInfo = new Body(user);
/** @public */
export const userList = new Body(list(user));
export const aclInfo = new Body(acl);
/** @public */
export const aclList = new Body(list(acl));
