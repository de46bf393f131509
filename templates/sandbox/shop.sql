-- The sandbox's shop: the tables of a B2B ordering and GST billing platform, with the faults that such platforms have.
-- Ten indexes are redundant on purpose: nine repeat a UNIQUE key, and bills.idx_bill_user is the left prefix of bills.idx_bill_user_date.
-- Every TIMESTAMP says NULL: without it, servers before MariaDB 10.10 and MySQL 8.0 would make the column NOT NULL by themselves.
-- A statement ends with a semicolon at the end of a line.

CREATE TABLE admins (
  id INT NOT NULL AUTO_INCREMENT,
  username VARCHAR(100) NOT NULL,
  email VARCHAR(100) NOT NULL,
  password_hash VARCHAR(255) NOT NULL,
  created_at TIMESTAMP NULL DEFAULT CURRENT_TIMESTAMP,
  PRIMARY KEY (id),
  UNIQUE KEY username (username),
  UNIQUE KEY email (email),
  KEY idx_admin_username (username),
  KEY idx_admin_email (email)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE admin_sessions (
  id INT NOT NULL AUTO_INCREMENT,
  admin_id INT NOT NULL,
  session_hash VARCHAR(255) NOT NULL,
  is_active BOOLEAN DEFAULT 1,
  created_at TIMESTAMP NULL DEFAULT CURRENT_TIMESTAMP,
  PRIMARY KEY (id),
  UNIQUE KEY session_hash (session_hash),
  KEY idx_admin_session_admin (admin_id),
  CONSTRAINT fk_admin_session_admin FOREIGN KEY (admin_id) REFERENCES admins (id) ON DELETE CASCADE
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE retailer_applications (
  id INT NOT NULL AUTO_INCREMENT,
  name VARCHAR(255) NOT NULL,
  email VARCHAR(100) NOT NULL,
  phone VARCHAR(15) NOT NULL,
  shop_address TEXT NOT NULL,
  status ENUM('pending', 'approved', 'rejected') DEFAULT 'pending',
  applied_date TIMESTAMP NULL DEFAULT CURRENT_TIMESTAMP,
  approval_date TIMESTAMP NULL DEFAULT NULL,
  approval_remarks TEXT,
  approved_by INT DEFAULT NULL,
  PRIMARY KEY (id),
  UNIQUE KEY email (email),
  KEY idx_application_email (email),
  KEY idx_application_status (status),
  KEY idx_application_phone (phone),
  CONSTRAINT fk_application_approved_by FOREIGN KEY (approved_by) REFERENCES admins (id) ON DELETE SET NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE users (
  id INT NOT NULL AUTO_INCREMENT,
  application_id INT NOT NULL,
  email VARCHAR(100) NOT NULL,
  phone VARCHAR(15) NOT NULL,
  username VARCHAR(100) NOT NULL,
  password_hash VARCHAR(255) NOT NULL,
  shop_address TEXT NOT NULL,
  created_at TIMESTAMP NULL DEFAULT CURRENT_TIMESTAMP,
  is_active BOOLEAN DEFAULT 1,
  PRIMARY KEY (id),
  UNIQUE KEY application_id (application_id),
  UNIQUE KEY email (email),
  UNIQUE KEY username (username),
  KEY idx_user_email (email),
  KEY idx_user_username (username),
  KEY idx_user_phone (phone),
  KEY idx_user_active (is_active),
  CONSTRAINT fk_user_application FOREIGN KEY (application_id) REFERENCES retailer_applications (id) ON DELETE CASCADE
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE sessions (
  id INT NOT NULL AUTO_INCREMENT,
  user_id INT NOT NULL,
  session_hash VARCHAR(255) NOT NULL,
  is_active BOOLEAN DEFAULT 1,
  created_at TIMESTAMP NULL DEFAULT CURRENT_TIMESTAMP,
  PRIMARY KEY (id),
  UNIQUE KEY session_hash (session_hash),
  KEY idx_session_user (user_id),
  CONSTRAINT fk_session_user FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE products (
  id INT NOT NULL AUTO_INCREMENT,
  name VARCHAR(255) NOT NULL,
  description TEXT,
  price DECIMAL(10,2) NOT NULL CHECK (price >= 0),
  quantity_in_stock INT NOT NULL DEFAULT 0 CHECK (quantity_in_stock >= 0),
  image_path VARCHAR(255) DEFAULT NULL,
  is_active BOOLEAN DEFAULT 1,
  created_at TIMESTAMP NULL DEFAULT CURRENT_TIMESTAMP,
  updated_at TIMESTAMP NULL DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP,
  PRIMARY KEY (id),
  KEY idx_product_active (is_active),
  KEY idx_product_name (name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE orders (
  id INT NOT NULL AUTO_INCREMENT,
  user_id INT NOT NULL,
  order_number VARCHAR(50) NOT NULL,
  total_amount DECIMAL(10,2) NOT NULL CHECK (total_amount >= 0),
  payment_method ENUM('cod', 'upi') NOT NULL,
  status ENUM('pending_payment', 'payment_verified', 'payment_rejected', 'bill_generated', 'completed') DEFAULT 'pending_payment',
  order_date TIMESTAMP NULL DEFAULT CURRENT_TIMESTAMP,
  updated_at TIMESTAMP NULL DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP,
  PRIMARY KEY (id),
  UNIQUE KEY order_number (order_number),
  KEY idx_order_user (user_id),
  KEY idx_order_status (status),
  KEY idx_order_number (order_number),
  KEY idx_order_date (order_date),
  KEY idx_order_payment_method (payment_method),
  CONSTRAINT fk_order_user FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE order_items (
  id INT NOT NULL AUTO_INCREMENT,
  order_id INT NOT NULL,
  product_id INT NOT NULL,
  quantity INT NOT NULL CHECK (quantity > 0),
  unit_price DECIMAL(10,2) NOT NULL CHECK (unit_price >= 0),
  total_price DECIMAL(10,2) NOT NULL CHECK (total_price >= 0),
  PRIMARY KEY (id),
  KEY idx_order_item_order (order_id),
  KEY idx_order_item_product (product_id),
  CONSTRAINT fk_order_item_order FOREIGN KEY (order_id) REFERENCES orders (id) ON DELETE CASCADE,
  CONSTRAINT fk_order_item_product FOREIGN KEY (product_id) REFERENCES products (id) ON DELETE CASCADE
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE payments (
  id INT NOT NULL AUTO_INCREMENT,
  order_id INT NOT NULL,
  payment_method ENUM('cod', 'upi') NOT NULL,
  upi_id VARCHAR(100) DEFAULT NULL,
  qr_code_url TEXT,
  amount DECIMAL(10,2) NOT NULL CHECK (amount >= 0),
  payment_proof_path VARCHAR(255) DEFAULT NULL,
  status ENUM('pending', 'verified', 'rejected') DEFAULT 'pending',
  verification_remarks TEXT,
  verified_by INT DEFAULT NULL,
  verified_date TIMESTAMP NULL DEFAULT NULL,
  created_at TIMESTAMP NULL DEFAULT CURRENT_TIMESTAMP,
  PRIMARY KEY (id),
  UNIQUE KEY order_id (order_id),
  KEY idx_payment_status (status),
  KEY idx_payment_order (order_id),
  KEY idx_payment_verified_by (verified_by),
  CONSTRAINT fk_payment_order FOREIGN KEY (order_id) REFERENCES orders (id) ON DELETE CASCADE,
  CONSTRAINT fk_payment_verified_by FOREIGN KEY (verified_by) REFERENCES admins (id) ON DELETE SET NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE bills (
  id INT NOT NULL AUTO_INCREMENT,
  order_id INT NOT NULL,
  bill_number VARCHAR(50) NOT NULL,
  user_id INT NOT NULL,
  bill_date TIMESTAMP NULL DEFAULT CURRENT_TIMESTAMP,
  subtotal DECIMAL(10,2) NOT NULL CHECK (subtotal >= 0),
  gst_amount DECIMAL(10,2) NOT NULL CHECK (gst_amount >= 0),
  total_amount DECIMAL(10,2) NOT NULL CHECK (total_amount >= 0),
  bill_path VARCHAR(255) DEFAULT NULL,
  generated_by INT DEFAULT NULL,
  PRIMARY KEY (id),
  UNIQUE KEY order_id (order_id),
  UNIQUE KEY bill_number (bill_number),
  KEY idx_bill_user (user_id),
  KEY idx_bill_number (bill_number),
  KEY idx_bill_order (order_id),
  KEY idx_bill_date (bill_date),
  KEY idx_bill_user_date (user_id, bill_date),
  CONSTRAINT fk_bill_order FOREIGN KEY (order_id) REFERENCES orders (id) ON DELETE CASCADE,
  CONSTRAINT fk_bill_user FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE,
  CONSTRAINT fk_bill_generated_by FOREIGN KEY (generated_by) REFERENCES admins (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE contact_messages (
  id INT NOT NULL AUTO_INCREMENT,
  name VARCHAR(255) NOT NULL,
  email VARCHAR(100) NOT NULL,
  phone VARCHAR(15) DEFAULT NULL,
  subject VARCHAR(255) NOT NULL,
  message TEXT NOT NULL,
  status ENUM('new', 'read', 'replied', 'closed') DEFAULT 'new',
  admin_reply TEXT,
  replied_by INT DEFAULT NULL,
  replied_date TIMESTAMP NULL DEFAULT NULL,
  created_at TIMESTAMP NULL DEFAULT CURRENT_TIMESTAMP,
  updated_at TIMESTAMP NULL DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP,
  PRIMARY KEY (id),
  KEY idx_message_status (status),
  KEY idx_message_email (email),
  KEY idx_message_created (created_at),
  CONSTRAINT fk_message_replied_by FOREIGN KEY (replied_by) REFERENCES admins (id) ON DELETE SET NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;
