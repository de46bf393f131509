<?php
/**
 * The platform's QueueManager over the tables of scalectl: the same class, the same methods, the jobs in the database.
 * Put it in place of the old file. PHP 7.4 and later, mysqli with mysqlnd.
 *
 * A job is one INSERT on the page's own connection: inside the page's transaction it exists if and only if the rest
 * does. Jobs are run by `scalectl queue process`, from cron or as a service.
 *
 * The connection: the one given to useConnection(), else that of ScalableDatabase, else a new one from DB_HOST,
 * DB_USER, DB_PASS and DB_NAME. Only the first two share the page's transaction.
 */
final class QueueManager
{
    private const PRIORITIES = ['high' => 10, 'normal' => 50, 'low' => 90];
    private const MAX_ATTEMPTS = 3;

    /** @var mysqli|null */
    private static $connection = null;

    public static function useConnection(mysqli $connection): void
    {
        self::$connection = $connection;
    }

    /** Whether the tables are there; `scalectl init` and `scalectl queue add` create them. */
    public static function initialize(): bool
    {
        return self::attempt(static function (): bool {
            self::rows('/* scalectl:queue */ SELECT 1 FROM scalectl_queue_jobs LIMIT 1');
            return true;
        }, false);
    }

    /**
     * @param mixed $data what JSON can hold
     * @return int|false the number of the job; false with the reason in PHP's error log
     */
    public static function addJob(string $type, $data = [], string $priority = 'normal', int $delaySeconds = 0)
    {
        return self::attempt(static function () use ($type, $data, $priority, $delaySeconds): int {
            if (preg_match('/^.{1,100}$/us', $type) !== 1) {
                throw new InvalidArgumentException('the type of a job has 1 to 100 characters');
            }
            if (!isset(self::PRIORITIES[$priority])) {
                throw new InvalidArgumentException("the priority is $priority; it is high, normal or low");
            }
            // An empty array is an object here: the data of a job are named.
            $json = json_encode(
                $data === [] ? new stdClass() : $data,
                JSON_THROW_ON_ERROR | JSON_UNESCAPED_SLASHES | JSON_UNESCAPED_UNICODE | JSON_PRESERVE_ZERO_FRACTION
            );
            $statement = self::run(
                '/* scalectl:queue */ INSERT INTO scalectl_queue_jobs (type, data, priority, run_at)
                 VALUES (?, ?, ?, IF(? > 0, NOW(3) + INTERVAL ? SECOND, NULL))',
                'ssiii',
                [$type, $json, self::PRIORITIES[$priority], $delaySeconds, $delaySeconds]
            );
            return (int) $statement->insert_id;
        }, false);
    }

    /**
     * @param int|string $jobId of addJob(), or the old name of a job that was taken over
     * @return array|null id, type, data, priority, status (pending, processing, completed, failed, cancelled),
     *   created_at, scheduled_at and completed_at (Unix seconds or null), attempts, max_attempts, error, result
     */
    public static function getJobStatus($jobId): ?array
    {
        return self::attempt(static function () use ($jobId): ?array {
            $rows = self::rows(
                "/* scalectl:queue */ SELECT j.id, j.type, j.data, j.priority, j.attempts, j.max_attempts,
                   UNIX_TIMESTAMP(j.created_at) AS created_at,
                   COALESCE(TIMESTAMPDIFF(SECOND, '1970-01-01', s.run_at), UNIX_TIMESTAMP(j.run_at),
                     UNIX_TIMESTAMP(j.created_at)) AS scheduled_at,
                   IF(d.status = 'completed', TIMESTAMPDIFF(SECOND, '1970-01-01', d.finished_at), NULL) AS completed_at,
                   d.result,
                   CASE WHEN d.status IS NOT NULL THEN d.status
                     WHEN x.job_id IS NOT NULL THEN 'failed'
                     WHEN EXISTS (SELECT 1 FROM scalectl_queue_claims c WHERE FIND_IN_SET(j.id, c.jobs)) THEN 'processing'
                     ELSE 'pending' END AS status,
                   (SELECT f.message FROM scalectl_queue_failures f WHERE f.job_id = j.id ORDER BY f.id DESC LIMIT 1) AS error
                 FROM scalectl_queue_jobs j
                 LEFT JOIN scalectl_queue_scheduled s ON s.id = j.id
                 LEFT JOIN scalectl_queue_done d ON d.job_id = j.id
                 LEFT JOIN scalectl_queue_dead x ON x.job_id = j.id
                 WHERE j.id = " . (ctype_digit((string) $jobId)
                    ? '?'
                    : '(SELECT i.job_id FROM scalectl_queue_imports i WHERE i.file_id = ? LIMIT 1)'),
                's',
                [(string) $jobId]
            );
            return $rows === [] ? null : self::jobOf($rows[0]);
        }, null);
    }

    /**
     * Runs what is due, at most so many jobs, with `scalectl queue process`. Old cron scripts may call it; better
     * let cron run scalectl itself.
     */
    public static function processPending(int $max = 10): int
    {
        $result = self::scalectl(['queue', 'process', '--max-jobs', (string) max(1, $max)]);
        return (int) ($result['processed'] ?? 0);
    }

    /** @return array total, pending (what waits, later jobs too), processing, completed, failed */
    public static function getStats(): array
    {
        $none = ['total' => 0, 'pending' => 0, 'processing' => 0, 'completed' => 0, 'failed' => 0];
        return self::attempt(static function (): array {
            $rows = self::rows(
                "/* scalectl:queue */ SELECT
                   (SELECT COUNT(*) FROM scalectl_queue_ready) + (SELECT COUNT(*) FROM scalectl_queue_suspect)
                     + (SELECT COUNT(*) FROM scalectl_queue_scheduled)
                     + (SELECT COUNT(*) FROM scalectl_queue_jobs WHERE inbox = 1) AS pending,
                   (SELECT COALESCE(SUM(size), 0) FROM scalectl_queue_claims) AS processing,
                   (SELECT COUNT(*) FROM scalectl_queue_done WHERE status = 'completed') AS completed,
                   (SELECT COUNT(*) FROM scalectl_queue_dead) AS failed"
            );
            $counts = array_map('intval', $rows[0]);
            return ['total' => array_sum($counts)] + $counts;
        }, $none);
    }

    /** Removes jobs that were completed longer ago, with `scalectl queue purge`; how many. */
    public static function cleanup(int $days = 7): int
    {
        $result = self::scalectl(['queue', 'purge', '--completed', '--older-than', max(0, $days) . 'd', '--yes']);
        return (int) ($result['jobs'] ?? 0);
    }

    private static function jobOf(array $row): array
    {
        $number = static function ($value): ?int {
            return $value === null ? null : (int) $value;
        };
        $names = array_flip(self::PRIORITIES);
        return [
            'id' => (int) $row['id'],
            'type' => $row['type'],
            'data' => json_decode($row['data'], true, 512, JSON_BIGINT_AS_STRING),
            'priority' => $names[(int) $row['priority']] ?? (int) $row['priority'],
            'status' => $row['status'],
            'created_at' => $number($row['created_at']),
            'scheduled_at' => $number($row['scheduled_at']),
            'attempts' => (int) $row['attempts'],
            'max_attempts' => $number($row['max_attempts']) ?? self::MAX_ATTEMPTS,
            'error' => $row['error'],
            'completed_at' => $number($row['completed_at']),
            'result' => $row['result'],
        ];
    }

    /**
     * Runs the command line in the folder of this request. Define SCALECTL_COMMAND, an array of program and
     * arguments, where scalectl is not on PATH.
     *
     * @return array|null its result
     */
    private static function scalectl(array $arguments): ?array
    {
        return self::attempt(static function () use ($arguments): ?array {
            $command = array_merge(defined('SCALECTL_COMMAND') ? SCALECTL_COMMAND : ['scalectl'], $arguments, ['--json']);
            $process = @proc_open($command, [['file', self::nullDevice(), 'r'], ['pipe', 'w'], ['file', self::nullDevice(), 'w']], $pipes);
            if ($process === false) {
                throw new RuntimeException("$command[0] cannot be started");
            }
            $answer = json_decode((string) stream_get_contents($pipes[1]), true);
            fclose($pipes[1]);
            $exitCode = proc_close($process);
            if (!isset($answer['ok'])) {
                throw new RuntimeException("$command[0] ended with $exitCode and without an answer");
            }
            if ($answer['ok'] !== true) {
                throw new RuntimeException('scalectl: ' . ($answer['error']['message'] ?? "exit code $exitCode"));
            }
            return $answer['result'];
        }, null);
    }

    private static function nullDevice(): string
    {
        return DIRECTORY_SEPARATOR === '\\' ? 'NUL' : '/dev/null';
    }

    /** @return array[] */
    private static function rows(string $sql, string $types = '', array $values = []): array
    {
        return self::run($sql, $types, $values)->get_result()->fetch_all(MYSQLI_ASSOC);
    }

    private static function run(string $sql, string $types, array $values): mysqli_stmt
    {
        $connection = self::connection();
        $statement = $connection->prepare($sql);
        // Before PHP 8.1, mysqli returns false where it throws today.
        if ($statement === false) {
            throw new RuntimeException($connection->error);
        }
        if ($values !== []) {
            $statement->bind_param($types, ...$values);
        }
        if (!$statement->execute()) {
            throw new RuntimeException($statement->error);
        }
        return $statement;
    }

    private static function connection(): mysqli
    {
        if (self::$connection === null) {
            self::$connection = class_exists('ScalableDatabase')
                ? ScalableDatabase::getInstance()->getConnection()
                : new mysqli(DB_HOST, DB_USER, DB_PASS, DB_NAME);
            if (!class_exists('ScalableDatabase')) {
                self::$connection->set_charset('utf8mb4');
            }
        }
        return self::$connection;
    }

    /**
     * @param mixed $otherwise
     * @return mixed
     */
    private static function attempt(callable $work, $otherwise)
    {
        try {
            return $work();
        } catch (Throwable $problem) {
            error_log('QueueManager: ' . $problem->getMessage());
            return $otherwise;
        }
    }
}
