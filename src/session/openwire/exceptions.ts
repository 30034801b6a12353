/**
 * Exceptions: what a client is told when something is refused, as the Java class that ActiveMQ would have thrown.
 *
 * Clients make an exception of that class if they know it, and a JMSException if not. Newer ones map `javax.jms` to
 * `jakarta.jms` themselves. Nothing of ours is ever instantiated by a name that a client sends.
 */
import { CoreError, type ErrorCode } from '../../core/errors.ts';
import { OpenWireError } from '../../wire/openwire/protocol.ts';
import type { Throwable } from '../../wire/openwire/structures.ts';

/** A refusal in the words of JMS. */
export class JmsError extends Error {
  readonly className: string;

  constructor(className: string, text: string) {
    super(text);
    this.name = 'JmsError';
    this.className = className;
  }
}

export const JMS_EXCEPTION = 'javax.jms.JMSException';
export const INVALID_DESTINATION = 'javax.jms.InvalidDestinationException';
export const INVALID_CLIENT_ID = 'javax.jms.InvalidClientIDException';
export const INVALID_SELECTOR = 'javax.jms.InvalidSelectorException';
export const RESOURCE_ALLOCATION = 'javax.jms.ResourceAllocationException';
export const SECURITY = 'java.lang.SecurityException';

const CLASSES: Readonly<Record<ErrorCode, string>> = {
  NOT_FOUND: INVALID_DESTINATION,
  PRECONDITION_FAILED: JMS_EXCEPTION,
  ACCESS_REFUSED: JMS_EXCEPTION,
  RESOURCE_LOCKED: INVALID_DESTINATION,
  NOT_ALLOWED: 'javax.jms.IllegalStateException',
  NOT_IMPLEMENTED: JMS_EXCEPTION,
  LIMIT: RESOURCE_ALLOCATION,
  INVALID: INVALID_SELECTOR,
};

/** Null for what is no refusal but a bug. */
export function throwableOf(error: unknown): Throwable | null {
  if (error instanceof JmsError) return { className: error.className, message: error.message };
  if (error instanceof CoreError) return { className: CLASSES[error.code], message: textOf(error) };
  if (error instanceof OpenWireError) return { className: JMS_EXCEPTION, message: error.message };
  return null;
}

function textOf({ facts, message }: CoreError): string {
  switch (facts.reason) {
    case 'locked':
      return `Cannot use the exclusive ${facts.kind} '${facts.name}' of another connection`;
    case 'exclusive-use':
      return `The ${facts.kind} '${facts.name}' is in exclusive use`;
    case 'limit':
      return `More than the limit of ${facts.current} (${facts.argument}): ${facts.received}`;
    default:
      return facts.problem ?? message;
  }
}
