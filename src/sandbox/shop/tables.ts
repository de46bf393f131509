import { quoteName } from '../../database/identifiers.ts';

/** One row's values in the order of its table's columns; times are UTC TIMESTAMP literals, amounts decimal texts. */
export type SqlRow = (string | number | null)[];

/** What makes one fill different from another of the same size. */
export interface ShopSeason {
  seed: number;
  /** Unix seconds: the shop's present, after which nothing happened. */
  now: number;
}

/** The columns that a fill writes, table by table, each after those that its foreign keys point at. */
export const shopTables = {
  admins: ['id', 'username', 'email', 'password_hash', 'created_at'],
  admin_sessions: ['id', 'admin_id', 'session_hash', 'is_active', 'created_at'],
  retailer_applications: [
    'id',
    'name',
    'email',
    'phone',
    'shop_address',
    'status',
    'applied_date',
    'approval_date',
    'approval_remarks',
    'approved_by',
  ],
  users: [
    'id',
    'application_id',
    'email',
    'phone',
    'username',
    'password_hash',
    'shop_address',
    'created_at',
    'is_active',
  ],
  sessions: ['id', 'user_id', 'session_hash', 'is_active', 'created_at'],
  products: [
    'id',
    'name',
    'description',
    'price',
    'quantity_in_stock',
    'image_path',
    'is_active',
    'created_at',
    'updated_at',
  ],
  orders: [
    'id',
    'user_id',
    'order_number',
    'total_amount',
    'payment_method',
    'status',
    'order_date',
    'updated_at',
  ],
  order_items: ['id', 'order_id', 'product_id', 'quantity', 'unit_price', 'total_price'],
  payments: [
    'id',
    'order_id',
    'payment_method',
    'upi_id',
    'qr_code_url',
    'amount',
    'payment_proof_path',
    'status',
    'verification_remarks',
    'verified_by',
    'verified_date',
    'created_at',
  ],
  bills: [
    'id',
    'order_id',
    'bill_number',
    'user_id',
    'bill_date',
    'subtotal',
    'gst_amount',
    'total_amount',
    'bill_path',
    'generated_by',
  ],
  contact_messages: [
    'id',
    'name',
    'email',
    'phone',
    'subject',
    'message',
    'status',
    'admin_reply',
    'replied_by',
    'replied_date',
    'created_at',
    'updated_at',
  ],
} as const satisfies Record<string, readonly string[]>;

export type ShopTable = keyof typeof shopTables;

/** The INSERT of many rows into one of the shop's tables: bind `[rows]` to its `?`. */
export function insertStatement(table: ShopTable): string {
  const columns = shopTables[table].map(quoteName).join(', ');
  return `/* scalectl:sandbox */ INSERT INTO ${quoteName(table)} (${columns}) VALUES ?`;
}

/** An amount of paise as DECIMAL(10,2) takes it: `1234.50`. */
export function toRupees(paise: number): string {
  return `${Math.floor(paise / 100)}.${String(paise % 100).padStart(2, '0')}`;
}
