import { secondsPerDay, toTimestamp } from './calendar.ts';
import { createRandom, shuffled } from './random.ts';
import type { Random } from './random.ts';
import type { ShopSizes } from './scales.ts';
import type { ShopSeason, SqlRow } from './tables.ts';
import { toRupees } from './tables.ts';

// prettier-ignore
const brands = [
  'Sipwell', 'Morning Grove', 'Kaveri', 'Blue Lotus', 'Sunhill', 'Tandava', 'Riverbend', 'Monsoon', 'Peepal',
  'Snowpeak', 'Gulmohar', 'Coastal', 'Everfresh', 'Panchami', 'Saffron Tree',
];

// prettier-ignore
const drinks = [
  'Mango Drink', 'Lemon Soda', 'Orange Juice', 'Cola', 'Ginger Ale', 'Tender Coconut Water', 'Buttermilk',
  'Masala Chaas', 'Rose Milk', 'Cold Coffee', 'Iced Tea', 'Guava Nectar', 'Litchi Drink', 'Jeera Soda',
  'Apple Juice', 'Pineapple Juice', 'Mixed Fruit Juice', 'Badam Milk', 'Aam Panna', 'Kokum Sherbet',
  'Sparkling Water', 'Drinking Water', 'Sugarcane Juice', 'Malt Drink',
];

const packs = [
  { text: '160 ml carton, case of 40', millilitres: 6400 },
  { text: '200 ml bottle, case of 24', millilitres: 4800 },
  { text: '250 ml can, case of 24', millilitres: 6000 },
  { text: '500 ml bottle, case of 12', millilitres: 6000 },
  { text: '600 ml bottle, case of 24', millilitres: 14400 },
  { text: '1 litre carton, case of 12', millilitres: 12000 },
  { text: '2 litre bottle, case of 9', millilitres: 18000 },
  { text: '5 litre jar', millilitres: 5000 },
];

const remarks = [
  'Keep below 30 degrees and out of the sun.',
  'Best served cold.',
  'Shelf life of six months from packing.',
  'Shelf life of nine months from packing.',
  'No added preservatives.',
  'Returnable crate charged separately.',
  'Contains no fruit.',
  'Price includes delivery within the city.',
];

export interface Catalogue {
  products: SqlRow[];
  /** Today's price of each product in paise, by position. */
  prices: number[];
}

/**
 * So many different products (at most 2,880: brands times drinks times packs), one in twenty of them withdrawn.
 * Product 1 is always on sale.
 */
export function createCatalogue(sizes: ShopSizes, season: ShopSeason): Catalogue {
  const random = createRandom(season.seed, 'catalogue');
  const choices = brands.flatMap((brand) =>
    drinks.flatMap((drink) => packs.map((pack) => ({ brand, drink, pack }))),
  );
  const chosen = shuffled(choices, random).slice(0, sizes.products);
  const prices = chosen.map(({ pack }) => casePrice(pack.millilitres, random));
  const products = chosen.map(({ brand, drink, pack }, index) => {
    const listedAt = season.now - (sizes.days + random.between(1, 60)) * secondsPerDay;
    const changedAt = Math.min(
      season.now,
      listedAt + random.between(0, sizes.days) * secondsPerDay,
    );
    return [
      index + 1,
      `${brand} ${drink} (${pack.text})`,
      describe(brand, drink, random),
      toRupees(prices[index] ?? 0),
      random.between(200, 20_000),
      `uploads/products/product_${index + 1}.jpg`,
      index === 0 || random.chance(0.95) ? 1 : 0,
      toTimestamp(listedAt),
      toTimestamp(changedAt),
    ];
  });
  return { products, prices };
}

/** Paise for a case: 40 to 160 rupees a litre, rounded to half a rupee. */
function casePrice(millilitres: number, random: Random): number {
  const paisePerLitre = random.between(4_000, 16_000);
  return Math.round((millilitres * paisePerLitre) / 1000 / 50) * 50;
}

function describe(brand: string, drink: string, random: Random): string {
  return `${drink} by ${brand}. ${shuffled(remarks, random).slice(0, 2).join(' ')}`;
}
