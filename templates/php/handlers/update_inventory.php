<?php
/**
 * Example of a handler: books stock in or out exactly once, although its job may run twice.
 *
 *   "queue": {"handlers": {"update_inventory": {"php": "handlers/update_inventory.php", "timeout": "30s"}}}
 *
 * Data: {"product_id": 7, "quantity": -2}, where quantity is the change: below zero goes out, above comes in. The job's
 * number is kept in the same transaction as the change; process_payment.php tells why, and has the table.
 */

mysqli_report(MYSQLI_REPORT_ERROR | MYSQLI_REPORT_STRICT);

$connect = static function (): mysqli {
    // Better: require the site's own configuration and take DB_HOST, DB_USER, DB_PASS and DB_NAME from it.
    $connection = new mysqli(getenv('SHOP_DB_HOST'), getenv('SHOP_DB_USER'), getenv('SHOP_DB_PASS'), getenv('SHOP_DB_NAME'), (int) (getenv('SHOP_DB_PORT') ?: 3306));
    $connection->set_charset('utf8mb4');
    return $connection;
};
$db = null;

return function (array $job) use ($connect, &$db): string {
    $productId = $job['data']['product_id'] ?? null;
    $change = $job['data']['quantity'] ?? null;
    if (!is_int($productId) || !is_int($change) || $change === 0) {
        // No further attempt would mend it.
        throw new ScalectlGiveUp('product_id or quantity is missing');
    }
    try {
        $db = $db ?? $connect();
        $db->begin_transaction();
    } catch (mysqli_sql_exception $problem) {
        // Also when the server has closed a connection that waited too long: the next run makes a new one.
        $db = null;
        throw new ScalectlRetryLater('the database cannot be reached: ' . $problem->getMessage());
    }
    try {
        $once = $db->prepare('INSERT IGNORE INTO handled_jobs (job_id) VALUES (?)');
        $once->bind_param('i', $job['id']);
        $once->execute();
        if ($once->affected_rows === 0) {
            $db->rollback();
            return 'was done before';
        }
        // The change in one statement: two that read and then write would lose one of two sales at the same time.
        $update = $db->prepare('UPDATE products SET quantity_in_stock = quantity_in_stock + ? WHERE id = ? AND quantity_in_stock + ? >= 0');
        $update->bind_param('iii', $change, $productId, $change);
        $update->execute();
        if ($update->affected_rows === 0) {
            throw new ScalectlGiveUp("product $productId is not there, or its stock would fall below zero");
        }
        $db->commit();
    } catch (Throwable $problem) {
        // Nothing of a failed attempt stays, and the connection is made anew.
        $db->close();
        $db = null;
        throw $problem;
    }
    return "product $productId changed by $change";
};
