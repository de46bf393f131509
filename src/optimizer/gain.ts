/** `1.3×`, `14×`, `207×`; cut, not rounded, so that 1.96 does not read as the 2 that was asked for. */
export function formatGain(gain: number): string {
  return `${gain < 10 ? (Math.floor(gain * 10) / 10).toFixed(1) : Math.floor(gain)}×`;
}
