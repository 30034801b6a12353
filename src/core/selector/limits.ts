/**
 * How much of a selector somebody may ask for. What evaluating it can cost follows from these: no message makes it
 * visit a node twice, and a LIKE looks at each character of a text once.
 */
export interface SelectorLimits {
  /** Characters of the whole selector. */
  readonly selectorCharactersMax: number;
  /** Parentheses, NOTs and minus signs inside each other. */
  readonly selectorDepthMax: number;
  /** Names, values and operators. */
  readonly selectorTermsMax: number;
  /** Characters of the pattern of one LIKE. */
  readonly selectorPatternCharactersMax: number;
}

export const defaultSelectorLimits: SelectorLimits = {
  selectorCharactersMax: 32 * 1024,
  selectorDepthMax: 64,
  selectorTermsMax: 4096,
  selectorPatternCharactersMax: 1024,
};
