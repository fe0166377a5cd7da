;; One direction of resizing, four lines at a time. Each line has its own f64 sum, added up tap after tap, so the result
;; is bit for bit that of plain arithmetic on 64-bit floats.
(module
  (memory (export "memory") 1)

  ;; Four lines of `bytes` bytes, one after another at `from`, become f64, interleaved, at `to`.
  ;; `kind`: 1 for samples of 8 bits, 2 for 16 bits, 4 for f32.
  (func (export "interleave") (param $from i32) (param $bytes i32) (param $kind i32) (param $to i32)
    (local $end i32) (local $line i32) (local $at i32) (local $place i32)
    (local.set $end (i32.add (local.get $from) (local.get $bytes)))
    (loop $lines
      (local.set $at (local.get $from))
      (local.set $place (local.get $to))
      (block $converted
        (if (i32.eq (local.get $kind) (i32.const 1))
          (then
            (loop $next
              (f64.store (local.get $place) (f64.convert_i32_u (i32.load8_u (local.get $at))))
              (local.set $place (i32.add (local.get $place) (i32.const 32)))
              (local.set $at (i32.add (local.get $at) (i32.const 1)))
              (br_if $next (i32.lt_u (local.get $at) (local.get $end))))
            (br $converted)))
        (if (i32.eq (local.get $kind) (i32.const 2))
          (then
            (loop $next
              (f64.store (local.get $place) (f64.convert_i32_u (i32.load16_u (local.get $at))))
              (local.set $place (i32.add (local.get $place) (i32.const 32)))
              (local.set $at (i32.add (local.get $at) (i32.const 2)))
              (br_if $next (i32.lt_u (local.get $at) (local.get $end))))
            (br $converted)))
        (loop $next
          (f64.store (local.get $place) (f64.promote_f32 (f32.load (local.get $at))))
          (local.set $place (i32.add (local.get $place) (i32.const 32)))
          (local.set $at (i32.add (local.get $at) (i32.const 4)))
          (br_if $next (i32.lt_u (local.get $at) (local.get $end)))))
      (local.set $from (local.get $end))
      (local.set $end (i32.add (local.get $end) (local.get $bytes)))
      (local.set $to (i32.add (local.get $to) (i32.const 8)))
      (br_if $lines (i32.lt_u (local.tee $line (i32.add (local.get $line) (i32.const 1))) (i32.const 4)))))

  ;; Makes `count` samples of each line, as f32, interleaved, at `out`. At `spans` stand, for each of them, the byte offset
  ;; of its first tap in `samples` and the bytes of its weights; at `weights` its weights as f64, `stride` bytes further
  ;; for each.
  (func (export "narrow")
    (param $samples i32) (param $spans i32) (param $weights i32) (param $stride i32) (param $out i32) (param $count i32)
    (local $at i32) (local $tap i32) (local $end i32) (local $last i32)
    (local $weight v128) (local $ab v128) (local $cd v128)
    (local.set $last (i32.add (local.get $out) (i32.shl (local.get $count) (i32.const 4))))
    (loop $next
      (local.set $ab (v128.const i64x2 0 0))
      (local.set $cd (v128.const i64x2 0 0))
      (local.set $at (i32.add (local.get $samples) (i32.load (local.get $spans))))
      (local.set $tap (local.get $weights))
      (local.set $end (i32.add (local.get $tap) (i32.load offset=4 (local.get $spans))))
      (loop $taps
        (local.set $weight (v128.load64_splat (local.get $tap)))
        (local.set $ab
          (f64x2.add (local.get $ab) (f64x2.mul (local.get $weight) (v128.load (local.get $at)))))
        (local.set $cd
          (f64x2.add (local.get $cd) (f64x2.mul (local.get $weight) (v128.load offset=16 (local.get $at)))))
        (local.set $at (i32.add (local.get $at) (i32.const 32)))
        (local.set $tap (i32.add (local.get $tap) (i32.const 8)))
        (br_if $taps (i32.lt_u (local.get $tap) (local.get $end))))
      (v128.store (local.get $out)
        (i8x16.shuffle 0 1 2 3 4 5 6 7 16 17 18 19 20 21 22 23
          (f32x4.demote_f64x2_zero (local.get $ab))
          (f32x4.demote_f64x2_zero (local.get $cd))))
      (local.set $out (i32.add (local.get $out) (i32.const 16)))
      (local.set $spans (i32.add (local.get $spans) (i32.const 8)))
      (local.set $weights (i32.add (local.get $weights) (local.get $stride)))
      (br_if $next (i32.lt_u (local.get $out) (local.get $last))))))
