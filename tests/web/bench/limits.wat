;; What this machine can do at most, through wasm: multiply-adds in registers, and reading memory in order.
(module
  (memory (export "memory") 600)

  ;; 8 × 4 lanes multiply and add, n times: 64 n operations
  (func (export "madd") (param $n i32)
    (local $a v128) (local $b v128) (local $c v128) (local $d v128)
    (local $e v128) (local $f v128) (local $g v128) (local $h v128)
    (local $x v128) (local $y v128)
    (local.set $x (f32x4.splat (f32.const 0.5)))
    (local.set $y (f32x4.splat (f32.const 0.25)))
    (loop $again
      (local.set $a (f32x4.relaxed_madd (local.get $a) (local.get $x) (local.get $y)))
      (local.set $b (f32x4.relaxed_madd (local.get $b) (local.get $x) (local.get $y)))
      (local.set $c (f32x4.relaxed_madd (local.get $c) (local.get $x) (local.get $y)))
      (local.set $d (f32x4.relaxed_madd (local.get $d) (local.get $x) (local.get $y)))
      (local.set $e (f32x4.relaxed_madd (local.get $e) (local.get $x) (local.get $y)))
      (local.set $f (f32x4.relaxed_madd (local.get $f) (local.get $x) (local.get $y)))
      (local.set $g (f32x4.relaxed_madd (local.get $g) (local.get $x) (local.get $y)))
      (local.set $h (f32x4.relaxed_madd (local.get $h) (local.get $x) (local.get $y)))
      (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (v128.store (i32.const 0)
      (v128.or (v128.or (v128.or (local.get $a) (local.get $b)) (v128.or (local.get $c) (local.get $d)))
               (v128.or (v128.or (local.get $e) (local.get $f)) (v128.or (local.get $g) (local.get $h))))))

  ;; reads the first n bytes, a multiple of 64
  (func (export "read") (param $n i32)
    (local $p i32)
    (local $a v128) (local $b v128) (local $c v128) (local $d v128)
    (loop $again
      (local.set $a (v128.or (local.get $a) (v128.load (local.get $p))))
      (local.set $b (v128.or (local.get $b) (v128.load offset=16 (local.get $p))))
      (local.set $c (v128.or (local.get $c) (v128.load offset=32 (local.get $p))))
      (local.set $d (v128.or (local.get $d) (v128.load offset=48 (local.get $p))))
      (br_if $again (i32.lt_u (local.tee $p (i32.add (local.get $p) (i32.const 64))) (local.get $n))))
    (v128.store (i32.const 0)
      (v128.or (v128.or (local.get $a) (local.get $b)) (v128.or (local.get $c) (local.get $d))))))
