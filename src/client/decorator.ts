/**
 * `@Listen(Orders, { group: 'billing' })` on a method, and `mq.register(new Billing())`: sugar over `mq.listen`.
 *
 * One export serves both kinds of decorators. A standard one (TC39) is told of each instance as it is made; a legacy
 * one (`experimentalDecorators`) sees the prototype once. So there are two places to remember at, and `registrationsOf`
 * reads both.
 */
import type { Handler, ListenOptions } from './listener.ts';
import type { Message } from './received.ts';
import type { AnyTopic, Topic } from './topic.ts';

/** A method that listens. */
export interface Registration {
  readonly topic: AnyTopic;
  readonly options: ListenOptions<string>;
  readonly method: string | symbol;
}

/** What `@Listen` may stand on: a method that takes the topic's values. */
export interface ListenDecorator<Output, Reply> {
  <This>(
    method: (this: This, value: Output, message: Message<Output>) => Reply | Promise<Reply>,
    context: ClassMethodDecoratorContext<This>,
  ): void;
  (
    prototype: object,
    method: string | symbol,
    descriptor: TypedPropertyDescriptor<(value: Output, message: Message<Output>) => Reply | Promise<Reply>>,
  ): void;
}

/** By instance (standard) or by prototype (legacy). */
const remembered = new WeakMap<object, Registration[]>();

function remember(owner: object, registration: Registration): void {
  const registrations = remembered.get(owner);
  if (registrations === undefined) remembered.set(owner, [registration]);
  else registrations.push(registration);
}

/** Makes a method a listener of the topic; it starts when its object is given to `mq.register`. */
export function Listen<Input, Output, Reply>(
  topic: Topic<Input, Output, Reply>,
  options: ListenOptions<string> = {},
): ListenDecorator<Output, Reply> {
  const decorate = (target: unknown, where: ClassMethodDecoratorContext | string | symbol): void => {
    if (typeof where !== 'object') {
      remember(target as object, { topic: topic as AnyTopic, options, method: where });
      return;
    }
    const registration = { topic: topic as AnyTopic, options, method: where.name };
    where.addInitializer(function remembering(this: unknown) {
      remember(this as object, registration);
    });
  };
  return decorate as ListenDecorator<Output, Reply>;
}

/** The listening methods of an object, those of its base classes too. */
export function registrationsOf(instance: object): readonly Registration[] {
  const found: Registration[] = [];
  for (let owner: object | null = instance; owner !== null; owner = Object.getPrototypeOf(owner)) {
    found.push(...(remembered.get(owner) ?? []));
  }
  return found;
}

/** The method of a registration, bound to its object. */
export function handlerOf(instance: object, { method }: Registration): Handler<never> {
  const bound: unknown = Reflect.get(instance, method);
  if (typeof bound !== 'function') throw new TypeError(`${String(method)} is no method`);
  return (value, message) => bound.call(instance, value, message);
}
