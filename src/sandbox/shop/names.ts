import type { Random } from './random.ts';

// prettier-ignore
const givenNames = [
  'Aarav', 'Aditi', 'Ananya', 'Arjun', 'Asha', 'Bharat', 'Deepa', 'Dev', 'Divya', 'Farhan', 'Gauri', 'Harish',
  'Imran', 'Ishaan', 'Jaya', 'Kabir', 'Kavita', 'Kiran', 'Lakshmi', 'Manoj', 'Meera', 'Mohan', 'Nandini', 'Naveen',
  'Neha', 'Nikhil', 'Pooja', 'Pranav', 'Priya', 'Rahul', 'Rajesh', 'Ravi', 'Rekha', 'Rohan', 'Sana', 'Sanjay',
  'Shalini', 'Suresh', 'Tara', 'Uma', 'Varun', 'Vijay', 'Vikram', 'Yusuf', 'Zara',
];

// prettier-ignore
const familyNames = [
  'Agarwal', 'Bansal', 'Bhat', 'Bose', 'Chauhan', 'Chopra', 'Das', 'Desai', 'Fernandes', 'Gandhi', 'Ghosh', 'Gupta',
  'Iyer', 'Jain', 'Joshi', 'Kapoor', 'Khan', 'Kulkarni', 'Kumar', 'Malhotra', 'Mehta', 'Mishra', 'Nair', 'Pandey',
  'Patel', 'Pillai', 'Rao', 'Reddy', 'Roy', 'Saxena', 'Shah', 'Sharma', 'Shetty', 'Singh', 'Sinha', 'Thomas',
  'Tiwari', 'Varma', 'Verma', 'Yadav',
];

// prettier-ignore
const shopKinds = [
  'Traders', 'Stores', 'Provisions', 'Beverages', 'Mart', 'Agencies', 'Enterprises', 'Cold Drinks', 'Wholesale',
  'General Store', 'Distributors', 'Supermarket',
];

// prettier-ignore
const streets = [
  'Market Road', 'Station Road', 'Temple Street', 'Lake View Road', 'Main Bazaar', 'College Road', 'Ring Road',
  'Canal Street', 'Old Bus Stand', 'Industrial Area', 'Garden Lane', 'Hospital Road',
];

// prettier-ignore
const towns = [
  'Ahmedabad 380001', 'Bengaluru 560001', 'Bhopal 462001', 'Chennai 600001', 'Coimbatore 641001', 'Hyderabad 500001',
  'Indore 452001', 'Jaipur 302001', 'Kochi 682001', 'Kolkata 700001', 'Lucknow 226001', 'Mumbai 400001',
  'Mysuru 570001', 'Nagpur 440001', 'Patna 800001', 'Pune 411001', 'Surat 395001', 'Vadodara 390001',
];

export interface Person {
  /** `Priya Nair`. */
  name: string;
  /** `priya.nair.17`: unique, as its number is. */
  username: string;
  /** In `.example`, a domain that nobody can own (RFC 2606). */
  email: string;
  /** +91 and ten digits that start with 00, which no Indian line has; at most 15 characters. */
  phone: string;
}

export function createPerson(random: Random, number: number): Person {
  const given = random.pick(givenNames);
  const family = random.pick(familyNames);
  const username = `${given}.${family}.${number}`.toLowerCase();
  return {
    name: `${given} ${family}`,
    username,
    email: `${username}@shop.example`,
    phone: `+9100${String(random.between(0, 99_999_999)).padStart(8, '0')}`,
  };
}

/** `Nair Provisions, 12 Temple Street, Kochi 682001`. */
export function createShopAddress(random: Random, person: Person): string {
  const family = person.name.split(' ')[1] ?? person.name;
  return `${family} ${random.pick(shopKinds)}, ${random.between(1, 240)} ${random.pick(streets)}, ${random.pick(towns)}`;
}
