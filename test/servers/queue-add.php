<?php
// What docs/guide/queue.md shows: a page adds a job inside its own transaction.
mysqli_report(MYSQLI_REPORT_ERROR | MYSQLI_REPORT_STRICT);
[, $host, $port, $user, $name, $end] = $argv;
$db = new mysqli($host, $user, getenv('SHOP_PASSWORD'), $name, (int) $port);
$db->begin_transaction();
$orderId = 7;
$statement = $db->prepare('INSERT INTO scalectl_queue_jobs (type, data) VALUES (?, ?)');
$data = json_encode(['order_id' => $orderId]);
$type = 'process_payment';
$statement->bind_param('ss', $type, $data);
$statement->execute();
$end === 'commit' ? $db->commit() : $db->rollback();
