;; One step of Adam (Kingma and Ba, ICLR 2015) over four arrays of float32 in this module's memory, four numbers at a
;; time. The arrays hold up to 8192 numbers and start at these bytes:
;;   0 gradient, 32768 first moment, 65536 second moment, 98304 weights; the last three are updated.
(module
  (memory (export "memory") 2)
  (func (export "step")
    ;; Bytes of one array to go through, a multiple of 16 and at least 16.
    (param $bytes i32)
    (param $beta1 f32) (param $oneMinusBeta1 f32) (param $beta2 f32) (param $oneMinusBeta2 f32)
    ;; learningRate / (1 - beta1^t), 1 / (1 - beta2^t), and what is added to the root.
    (param $rate f32) (param $correction f32) (param $epsilon f32)
    (local $at i32) (local $gradient v128) (local $first v128) (local $second v128)
    (loop $next
      (local.set $gradient (v128.load (local.get $at)))
      (local.set $first
        (f32x4.add
          (f32x4.mul (f32x4.splat (local.get $beta1)) (v128.load offset=32768 (local.get $at)))
          (f32x4.mul (f32x4.splat (local.get $oneMinusBeta1)) (local.get $gradient))))
      (local.set $second
        (f32x4.add
          (f32x4.mul (f32x4.splat (local.get $beta2)) (v128.load offset=65536 (local.get $at)))
          (f32x4.mul
            (f32x4.splat (local.get $oneMinusBeta2))
            (f32x4.mul (local.get $gradient) (local.get $gradient)))))
      (v128.store offset=32768 (local.get $at) (local.get $first))
      (v128.store offset=65536 (local.get $at) (local.get $second))
      (v128.store offset=98304 (local.get $at)
        (f32x4.sub
          (v128.load offset=98304 (local.get $at))
          (f32x4.div
            (f32x4.mul (f32x4.splat (local.get $rate)) (local.get $first))
            (f32x4.add
              (f32x4.sqrt (f32x4.mul (f32x4.splat (local.get $correction)) (local.get $second)))
              (f32x4.splat (local.get $epsilon))))))
      (local.set $at (i32.add (local.get $at) (i32.const 16)))
      (br_if $next (i32.lt_u (local.get $at) (local.get $bytes))))))
