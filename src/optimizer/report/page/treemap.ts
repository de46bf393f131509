/** A rectangle in percent of the whole. */
export interface Tile {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

interface Area {
  x: number;
  y: number;
  width: number;
  height: number;
}

/**
 * Tiles whose areas are as the sizes, as near to squares as can be: squarified treemap (Bruls, Huizing, van Wijk 2000).
 * A row is filled along the shorter side as long as its worst tile gets squarer by one more.
 * @param sizes above zero, the largest first
 * @param aspect width by height of the whole, as it will mostly be drawn
 */
export function layTreemap(sizes: readonly number[], aspect: number): Tile[] {
  const total = sizes.reduce((sum, size) => sum + size, 0);
  const whole: Area = { x: 0, y: 0, width: 100 * aspect, height: 100 };
  const areas = sizes.map((size) => (size / total) * whole.width * whole.height);
  const tiles: Tile[] = [];
  let rest = whole;
  for (let first = 0; first < areas.length;) {
    const side = Math.min(rest.width, rest.height);
    let count = 1;
    while (
      first + count < areas.length &&
      worstRatio(areas.slice(first, first + count + 1), side) <=
        worstRatio(areas.slice(first, first + count), side)
    ) {
      count += 1;
    }
    const row = areas.slice(first, first + count);
    const placed = placeRow(row, rest);
    tiles.push(...placed.tiles);
    rest = placed.rest;
    first += count;
  }
  return tiles.map(({ x, width, ...tile }) => ({ ...tile, x: x / aspect, width: width / aspect }));
}

/** The longer side by the shorter one of the worst tile in a row along `side`. */
function worstRatio(row: readonly number[], side: number): number {
  const sum = row.reduce((total, area) => total + area, 0);
  const thickness = sum / side;
  return Math.max(...row.map((area) => Math.max(area / thickness ** 2, thickness ** 2 / area)));
}

function placeRow(row: readonly number[], rest: Area): { tiles: Area[]; rest: Area } {
  const sum = row.reduce((total, area) => total + area, 0);
  const isUpright = rest.width >= rest.height;
  const thickness = sum / (isUpright ? rest.height : rest.width);
  let offset = 0;
  const tiles = row.map((area) => {
    const length = area / thickness;
    const tile = isUpright
      ? { x: rest.x, y: rest.y + offset, width: thickness, height: length }
      : { x: rest.x + offset, y: rest.y, width: length, height: thickness };
    offset += length;
    return tile;
  });
  return {
    tiles,
    rest: isUpright
      ? { ...rest, x: rest.x + thickness, width: rest.width - thickness }
      : { ...rest, y: rest.y + thickness, height: rest.height - thickness },
  };
}
