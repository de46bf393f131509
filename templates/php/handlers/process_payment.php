<?php
/**
 * Example of a handler: takes a payment exactly once, although its job may run twice.
 *
 *   "queue": {"handlers": {"process_payment": {"php": "handlers/process_payment.php", "timeout": "30s"}}}
 *
 * A job runs at least once: a worker may die after the work and before it has written that down. So the job's number
 * is kept in the same transaction as the work. The table:
 *
 *   CREATE TABLE handled_jobs (
 *     job_id BIGINT UNSIGNED NOT NULL PRIMARY KEY,
 *     handled_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP
 *   ) ENGINE=InnoDB;
 *
 * What stands here runs once a process, the function once a job. A process runs many jobs: what the function changes
 * outside of itself is there at the next one.
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
    $paymentId = $job['data']['payment_id'] ?? null;
    if (!is_int($paymentId)) {
        // No further attempt would mend it.
        throw new ScalectlGiveUp('payment_id is missing');
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
        $update = $db->prepare("UPDATE payments SET status = 'completed' WHERE id = ? AND status = 'pending'");
        $update->bind_param('i', $paymentId);
        $update->execute();
        if ($update->affected_rows === 0) {
            throw new ScalectlGiveUp("payment $paymentId is not pending");
        }
        $db->commit();
    } catch (Throwable $problem) {
        // Nothing of a failed attempt stays, and the connection is made anew.
        $db->close();
        $db = null;
        throw $problem;
    }
    return "payment $paymentId completed";
};
