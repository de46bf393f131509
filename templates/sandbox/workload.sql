-- What the shop's pages ask, one statement a line, with values that exist in a filled shop of any scale.
-- User 1 is the demo account and the heaviest buyer; users 7 and 42 buy as most do.

-- Every page behind a login
SELECT id, session_hash, created_at FROM sessions WHERE user_id = 1 AND is_active = 1;
SELECT id, username, is_active FROM users WHERE id = 1;
SELECT id, email, phone, username, shop_address, created_at FROM users WHERE id = 1;

-- Index, products, dashboard
SELECT id, name, description, price, quantity_in_stock, image_path FROM products WHERE is_active = 1 ORDER BY name;

-- Dashboard and orders
SELECT * FROM orders WHERE user_id = 1 ORDER BY order_date DESC;
SELECT * FROM orders WHERE user_id = 42 ORDER BY order_date DESC;
SELECT status, COUNT(*) AS count FROM orders WHERE user_id = 1 GROUP BY status;
SELECT COUNT(*) AS count FROM orders WHERE user_id = 1 AND status = 'pending_payment';

-- One order
SELECT oi.quantity, oi.unit_price, oi.total_price, p.name, p.image_path FROM order_items oi JOIN products p ON p.id = oi.product_id WHERE oi.order_id = 4321;
SELECT id, payment_method, upi_id, qr_code_url, amount, payment_proof_path, status, created_at FROM payments WHERE order_id = 4321;

-- Bills
SELECT b.id, b.bill_number, b.bill_date, b.subtotal, b.gst_amount, b.total_amount, b.bill_path, o.order_number FROM bills b JOIN orders o ON o.id = b.order_id WHERE b.user_id = 1 ORDER BY b.bill_date DESC;

-- Login
SELECT u.id, u.username, u.password_hash, a.name, a.status FROM users u JOIN retailer_applications a ON a.id = u.application_id WHERE u.email = 'demo@shop.example' AND u.is_active = 1;
SELECT id, username, password_hash FROM admins WHERE username = 'admin';

-- Admin: dashboard
SELECT COUNT(*) AS count FROM retailer_applications WHERE status = 'pending';
SELECT COUNT(*) AS count FROM payments WHERE status = 'pending';
SELECT COUNT(*) AS count FROM orders;
SELECT SUM(total_amount) AS total FROM bills;
SELECT id, name, email, phone, status, applied_date FROM retailer_applications ORDER BY applied_date DESC LIMIT 5;
SELECT p.id, p.amount, p.payment_method, p.created_at, o.order_number, u.username FROM payments p JOIN orders o ON o.id = p.order_id JOIN users u ON u.id = o.user_id WHERE p.status = 'pending' ORDER BY p.created_at DESC LIMIT 5;

-- Admin: orders, payments, bills
SELECT o.*, u.username, u.email, u.phone FROM orders o JOIN users u ON u.id = o.user_id ORDER BY o.order_date DESC LIMIT 50;
SELECT p.*, o.order_number, u.username FROM payments p JOIN orders o ON o.id = p.order_id JOIN users u ON u.id = o.user_id ORDER BY p.created_at DESC LIMIT 50;
SELECT b.*, o.order_number, u.username FROM bills b JOIN orders o ON o.id = b.order_id JOIN users u ON u.id = b.user_id ORDER BY b.bill_date DESC LIMIT 50;

-- Admin: retailers
SELECT u.id, u.username, u.email, u.phone, u.created_at, COUNT(o.id) AS order_count, SUM(o.total_amount) AS order_total FROM users u LEFT JOIN orders o ON o.user_id = u.id GROUP BY u.id, u.username, u.email, u.phone, u.created_at ORDER BY u.created_at DESC;

-- Admin: applications and messages
SELECT id, name, email, phone, shop_address, status, applied_date FROM retailer_applications ORDER BY applied_date DESC;
SELECT id, name, email, subject, message, created_at FROM contact_messages WHERE status = 'new' ORDER BY created_at DESC;
SELECT id, name, email, subject, status, created_at FROM contact_messages ORDER BY created_at DESC;
SELECT status, COUNT(*) AS count FROM contact_messages GROUP BY status;
