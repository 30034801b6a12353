/**
 * Names as clients send them.
 */

/** Line ends inside are dropped silently, as RabbitMQ does. */
export function cleanName(name: string): string {
  return /[\r\n]/.test(name) ? name.replace(/[\r\n]/g, '') : name;
}
