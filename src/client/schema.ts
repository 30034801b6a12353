/**
 * Standard Schema, the interface that zod, valibot, arktype and others share, in the few members that are used here;
 * any of their schemas fits without an adapter.
 */
import { type SchemaIssue, ValidationError } from './errors.ts';

/** What a schema answers: a value, or issues. */
export type SchemaResult<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly SchemaIssue[] };

/** Any schema of version 1 of the standard. */
export interface Schema<Input = unknown, Output = Input> {
  readonly '~standard': {
    readonly version: 1;
    readonly vendor: string;
    readonly validate: (value: unknown) => SchemaResult<Output> | Promise<SchemaResult<Output>>;
    readonly types?: { readonly input: Input; readonly output: Output } | undefined;
  };
}

function described({ message, path = [] }: SchemaIssue): string {
  const place = path.map((part) => String(typeof part === 'object' ? part.key : part)).join('.');
  return place === '' ? message : `${place}: ${message}`;
}

function outputOf<Output>(result: SchemaResult<Output>): Output {
  if (result.issues === undefined) return result.value;
  throw new ValidationError(result.issues.map(described).join('; '), result.issues);
}

/** What the schema makes of the value, at once if the schema can; throws or rejects with a `ValidationError`. */
export function validated<Output>(schema: Schema<unknown, Output>, value: unknown): Output | Promise<Output> {
  const result = schema['~standard'].validate(value);
  return result instanceof Promise ? result.then(outputOf) : outputOf(result);
}
