/** Problems of every list and report that reads a read model. */
export const READ_MODEL_REFUSALS = {
  400: ['POSITION_INVALID', 'POSITION_OF_ANOTHER_LOG'],
  409: ['READ_MODEL_BEHIND'],
  503: ['READ_MODEL_UNAVAILABLE'],
} as const;
