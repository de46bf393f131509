<?php
/**
 * Runs jobs of one handler, one after the other, in one process: `php job_worker.php handlers/payment.php`.
 * scalectl queue process starts it; PHP 7.4 and later, nothing else is needed.
 *
 * The handler file returns a callable: `return function (array $job) { … };`. What it returns is the job's result.
 * An exception, `false` and a fatal error are failed attempts, exit() too; see the two exceptions below for the rest.
 *
 * Protocol. Standard input: a line of JSON with the settings, then a line a job. Standard output: what the handler
 * prints, as it prints it, and the answers: each a line of its own that begins with `@` and the word which the
 * settings name. Only this file and scalectl know the word, so nothing that is printed can be taken for an answer.
 */

/** Thrown by a handler: not now. The job comes again later, and no attempt is charged. */
final class ScalectlRetryLater extends RuntimeException
{
    /** @var int 0: after the usual pause */
    public $afterSeconds;

    public function __construct(string $message = 'the handler asked for a later run', int $afterSeconds = 0)
    {
        parent::__construct($message);
        $this->afterSeconds = max(0, $afterSeconds);
    }
}

/** Thrown by a handler: never. The job goes to the dead letters at once, without further attempts. */
final class ScalectlGiveUp extends RuntimeException
{
}

final class ScalectlJobWorker
{
    /** @var string */
    private $marker;
    /** @var int */
    private $resultBytes;
    /** @var int */
    private $timeLimit;
    /** @var resource */
    private $input;
    /** @var resource */
    private $output;
    /** @var mixed the id of the job that runs; null: none does */
    private $running = null;
    /** @var bool */
    private $isLoading = true;
    /** @var bool */
    private $endsInOrder = false;
    /** @var string|null memory that is given back when there is no more, for the last answer */
    private $reserve = null;

    public function main(string $handlerFile): void
    {
        // Streams of our own: a handler may close STDIN and STDOUT.
        $this->input = fopen('php://stdin', 'rb');
        $this->output = fopen('php://stdout', 'wb');
        $settings = json_decode((string) fgets($this->input), true);
        if (!isset($settings['word'])) {
            fwrite(STDERR, "This file is run by scalectl queue process, as the handler {\"php\": \"FILE\"}.\n");
            exit(64);
        }
        $this->marker = "\n@" . $settings['word'] . ' ';
        $this->resultBytes = (int) $settings['resultBytes'];
        // Above scalectl's own limit, which ends the process in order. This one is for a process whose scalectl is gone.
        $this->timeLimit = (int) ceil($settings['timeoutMs'] / 1000) + 5;
        $this->setUp();
        $handler = $this->load($handlerFile);
        $this->isLoading = false;
        $this->answer(['ready' => true]);
        while (($line = fgets($this->input)) !== false) {
            $this->handle($handler, $line);
        }
        $this->endsInOrder = true;
    }

    private function setUp(): void
    {
        // What functions were called with may be secret, and stands in no stack trace.
        ini_set('zend.exception_ignore_args', '1');
        ini_set('display_errors', '1');
        ini_set('html_errors', '0');
        // Without a log file of the site they would come a second time, on standard error.
        if (ini_get('error_log') === '' || ini_get('error_log') === false) {
            ini_set('log_errors', '0');
        }
        $this->reserve = str_repeat(' ', 65536);
        register_shutdown_function([$this, 'atEnd']);
    }

    private function load(string $file): callable
    {
        if (!is_file($file)) {
            $this->refuse("there is no file $file");
        }
        try {
            $handler = (static function (string $scalectlHandlerFile) {
                return require $scalectlHandlerFile;
            })($file);
        } catch (Throwable $thrown) {
            $this->refuse($this->describe($thrown));
        }
        if (!is_callable($handler)) {
            $this->refuse('it returns no function: it must end with return function (array $job) { … };');
        }
        return $handler;
    }

    private function refuse(string $reason): void
    {
        $this->endsInOrder = true;
        $this->answer(['ready' => false, 'error' => $reason]);
        exit(1);
    }

    private function handle(callable $handler, string $line): void
    {
        $job = json_decode($line, true, 512, JSON_BIGINT_AS_STRING);
        if (!is_array($job)) {
            // The id stands at the start of every job, whatever its data are.
            $id = preg_match('/^\{"id":(\d+)/', $line, $match) === 1 ? (int) $match[1] : null;
            $why = 'PHP cannot read the data of the job: ' . json_last_error_msg();
            $this->answer(['id' => $id, 'ok' => false, 'error' => $why, 'giveUp' => true]);
            return;
        }
        error_clear_last();
        $this->running = $job['id'];
        $this->limitTime($this->timeLimit);
        try {
            $result = $handler($job);
            $answer = $result === false
                ? ['ok' => false, 'error' => 'the handler returned false']
                : ['ok' => true, 'result' => $this->resultText($result)];
        } catch (ScalectlRetryLater $later) {
            $answer = ['ok' => false, 'error' => $later->getMessage(), 'later' => true,
                'afterMs' => $later->afterSeconds * 1000];
        } catch (ScalectlGiveUp $thrown) {
            $answer = ['ok' => false, 'error' => $thrown->getMessage(), 'giveUp' => true];
        } catch (Throwable $thrown) {
            $answer = ['ok' => false, 'error' => $this->describe($thrown), 'trace' => $this->traceOf($thrown)];
        }
        $this->limitTime(0);
        $this->closeBuffers();
        $answer['id'] = $this->running;
        $this->running = null;
        $this->answer($answer);
    }

    /** Also called after exit() and after a fatal error: they are charged to the job in which they happened. */
    public function atEnd(): void
    {
        $this->reserve = null;
        if ($this->endsInOrder) {
            return;
        }
        $error = error_get_last();
        $isFatal = $error !== null
            && in_array($error['type'], [E_ERROR, E_PARSE, E_CORE_ERROR, E_COMPILE_ERROR, E_USER_ERROR, E_RECOVERABLE_ERROR], true);
        $what = $isFatal
            ? preg_replace('/\s*\n.*/s', '', $error['message']) . " in {$error['file']}:{$error['line']}"
            : 'the handler called exit(); it must return';
        $this->closeBuffers();
        if ($this->isLoading) {
            $this->answer(['ready' => false, 'error' => $what]);
        } elseif ($this->running !== null) {
            $this->answer(['id' => $this->running, 'ok' => false, 'error' => $what, 'ends' => true]);
        }
    }

    /** @param mixed $result */
    private function resultText($result): ?string
    {
        if ($result === null) {
            return null;
        }
        $text = is_string($result) ? $result : json_encode(
            $result,
            JSON_UNESCAPED_SLASHES | JSON_UNESCAPED_UNICODE | JSON_PARTIAL_OUTPUT_ON_ERROR
                | JSON_INVALID_UTF8_SUBSTITUTE | JSON_PRESERVE_ZERO_FRACTION
        );
        if ($text === false || strlen($text) <= $this->resultBytes) {
            return $text === false ? null : $text;
        }
        // A little more than is kept, so that scalectl sees that something is missing.
        return (string) preg_replace('/^[\x80-\xBF]{1,3}/', '', substr($text, -$this->resultBytes - 4));
    }

    private function answer(array $answer): void
    {
        $answer['memoryBytes'] = memory_get_usage();
        foreach (['error' => 8000, 'trace' => 4 * $this->resultBytes] as $name => $longest) {
            if (isset($answer[$name]) && strlen($answer[$name]) > $longest) {
                $answer[$name] = substr($answer[$name], 0, $longest) . '…';
            }
        }
        $flags = JSON_UNESCAPED_SLASHES | JSON_UNESCAPED_UNICODE | JSON_INVALID_UTF8_SUBSTITUTE;
        $text = $this->marker . json_encode($answer, $flags) . "\n";
        // A write into a pipe may take a part only.
        for ($sent = 0; $sent < strlen($text); $sent += $written) {
            $written = @fwrite($this->output, $sent === 0 ? $text : substr($text, $sent));
            if ($written === false || $written === 0) {
                // Nobody reads any more.
                $this->endsInOrder = true;
                exit(1);
            }
        }
    }

    /** What a handler left in output buffers is printed, so that it stands with its own job. */
    private function closeBuffers(): void
    {
        while (ob_get_level() > 0 && @ob_end_flush());
    }

    /** The time limit of PHP counts computing alone; the alarm counts waiting too, where the extension is there. */
    private function limitTime(int $seconds): void
    {
        set_time_limit($seconds);
        if (function_exists('pcntl_alarm')) {
            pcntl_alarm($seconds);
        }
    }

    /** The calls inside the handler, without those that led to it. */
    private function traceOf(Throwable $thrown): string
    {
        $lines = [];
        foreach (explode("\n", $thrown->getTraceAsString()) as $line) {
            if (strpos($line, __FILE__) !== false) {
                break;
            }
            $lines[] = $line;
        }
        return implode("\n", $lines);
    }

    private function describe(Throwable $thrown): string
    {
        $message = $thrown->getMessage() === '' ? get_class($thrown) : get_class($thrown) . ': ' . $thrown->getMessage();
        return "$message in {$thrown->getFile()}:{$thrown->getLine()}";
    }
}

(new ScalectlJobWorker())->main($argv[1] ?? '');
