/**
 * What can go wrong in the SDK, by name. A broker's own error is the `cause`.
 */
import type { Capabilities } from './capabilities.ts';

/** What a schema complains about. */
export interface SchemaIssue {
  readonly message: string;
  readonly path?: ReadonlyArray<PropertyKey | { readonly key: PropertyKey }> | undefined;
}

/** The base of all errors that the SDK makes itself. */
export class ClientError extends Error {
  override readonly name: string = 'ClientError';
}

/** The payload is not what the topic's codec or schema wants. Goes to the dead letters at once, never to a retry. */
export class ValidationError extends ClientError {
  override readonly name = 'ValidationError';
  readonly issues: readonly SchemaIssue[];

  constructor(message: string, issues: readonly SchemaIssue[] = [{ message }], options?: ErrorOptions) {
    super(message, options);
    this.issues = issues;
  }
}

/** The driver lacks what an option asks for. */
export class CapabilityError extends ClientError {
  override readonly name = 'CapabilityError';
  readonly capability: keyof Capabilities;

  constructor(scheme: string, capability: keyof Capabilities, asked: string) {
    super(`${scheme}:// has no ${capability}; ${asked}`);
    this.capability = capability;
  }
}

/** A driver's client library is not installed. */
export class MissingPeerError extends ClientError {
  override readonly name = 'MissingPeerError';
}

/** Something that should exist does not, or is of another kind. */
export class TopologyError extends ClientError {
  override readonly name = 'TopologyError';
}

/** Nothing came in time. */
export class TimeoutError extends ClientError {
  override readonly name = 'TimeoutError';
}

/** The connection was closed, by us or by the broker. */
export class ClosedError extends ClientError {
  override readonly name = 'ClosedError';
}

/** The broker did not take a message. */
export class PublishError extends ClientError {
  override readonly name = 'PublishError';
}

/** A handler throws it, or a subclass, to say that a further attempt is useless: straight to the dead letters. */
export class FatalError extends ClientError {
  override readonly name: string = 'FatalError';
}
