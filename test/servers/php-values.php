<?php
// Prints one JSON list: name, the bytes of serialize() in base64, and what unserialize() makes of them again.
class Customer { public $name = 'Zoë'; protected $phone = '555'; private $token = "a\0b"; public ?Customer $friend = null; }
class Vip extends Customer { private $token = 'own'; public int $level = 3; }
class Opaque implements Serializable {
    public $data = 'x{y}";';
    public function serialize() { return $this->data; }
    public function unserialize($data) { $this->data = $data; }
}
enum Suit: string { case Hearts = 'H'; case Spades = 'S'; }
class Magic { public $a = 1; public function __serialize(): array { return ['a' => 1, 5 => 'five']; } public function __unserialize(array $d): void {} }

$self = new stdClass; $self->me = $self; $self->list = [1, $self];
$shared = new Customer; $twice = [$shared, $shared, 'k' => $shared];
$a = 1; $referenced = ['x' => &$a, 'y' => &$a, 'z' => 2];
$loop = ['n' => 1]; $loop['self'] = &$loop;
$inner = ['deep' => true]; $mixed = [&$inner, $shared, &$inner, $shared, [&$inner]];
$deep = []; for ($i = 0; $i < 300; $i++) { $deep = ['d' => $deep]; }
mt_srand(20240601);
$floats = [0.0, -0.0, 0.1, 1.0, -1.5, 1e15, 1e16, 1e17, 1e18, 123456789012345678.0, 1e-4, 1e-5, 1.5e-7, 1e100, 1.7976931348623157e308, 5e-324, 2.2250738585072014e-308, 0.1 + 0.2, 1/3, 100.0, 1e22, 9007199254740993.0, M_PI];
for ($i = 0; $i < 500; $i++) { $floats[] = (mt_rand() / mt_getrandmax() - 0.5) * (10 ** mt_rand(-30, 30)); }

$values = [
    'null' => null, 'true' => true, 'false' => false,
    'zero' => 0, 'negative' => -17, 'safe' => 9007199254740991, 'unsafe' => 9007199254740992,
    'max' => PHP_INT_MAX, 'min' => PHP_INT_MIN,
    'inf' => INF, 'minus inf' => -INF, 'nan' => NAN, 'floats' => $floats,
    'empty' => '', 'ascii' => 'hello', 'utf8' => "caf\u{e9} \u{1F600}", 'bom' => "\u{feff}x", 'long utf8' => str_repeat("\u{e9}", 500),
    'binary' => "\xff\xfe\x00\x01\"};", 'all bytes' => implode('', array_map('chr', range(0, 255))),
    'tricky' => 's:5:"x";}a:1:{', 'empty list' => [], 'list' => [1, 2, 3], 'nested' => [[1, [2]], ['a' => ['b' => null]]],
    'order' => [2 => 'b', 1 => 'a'], 'gap' => [0 => 'a', 2 => 'c'], 'negative key' => [-5 => 'x', 'y' => 1],
    'mixed keys' => ['1' => 'int', '01' => 'string', '' => 'empty', '1.5' => 'float'], 'big key' => [PHP_INT_MAX => 1, PHP_INT_MIN => 2],
    'binary key' => ["\xff" => 1], '__proto__' => ['__proto__' => ['polluted' => 1], 'constructor' => 2],
    'object' => new Customer, 'inherited' => new Vip, 'std' => (object) ['a' => 1, '7' => 'seven'],
    'self' => $self, 'shared' => $twice, 'referenced' => $referenced, 'loop' => $loop, 'mixed references' => $mixed,
    'opaque' => new Opaque, 'enum' => Suit::Hearts, 'enums' => [Suit::Hearts, Suit::Spades, Suit::Hearts], 'magic' => new Magic,
    'array object' => new ArrayObject(['a' => 1]), 'date' => new DateTimeImmutable('2024-01-02T03:04:05Z'), 'fixed' => SplFixedArray::fromArray([1, null]),
    'deep' => $deep, 'rate limit' => ['count' => 3, 'reset_time' => 1700000000],
    'file entry' => ['value' => ['id' => 1, 'price' => 9.99], 'expires' => 1700003600, 'created' => 1700000000],
    'rows' => array_map(fn ($i) => ['id' => $i, 'name' => "Product $i", 'price' => $i * 1.1, 'active' => (bool) ($i % 2)], range(1, 200)),
];
error_reporting(0);
$out = [];
foreach ($values as $name => $value) $out[] = ['name' => $name, 'bytes' => base64_encode(serialize($value))];
ini_set('serialize_precision', '17');
$out[] = ['name' => 'old precision', 'bytes' => base64_encode(serialize([0.1, 1.5, 1e25, 1/3]))];
echo json_encode($out);
