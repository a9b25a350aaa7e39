#pragma once

#include "sim/observation.h"

namespace libero {

// What is left of an image after it is written as a JPEG of this quality (1..100) and read again,
// as TensorFlow does both: colours at half the resolution (4:2:0), accurate DCT for writing, fast
// inverse DCT and smooth colours for reading. Byte for byte what tf.io.decode_image makes of
// tf.io.encode_jpeg (decode_jpeg and other programs read with the accurate DCT). Keeps the order of
// rows. Throws Error if libjpeg fails. source:
// tensorflow@2.21.0:core/kernels/image/decode_image_op.cc
[[nodiscard]] Image JpegRoundTrip(const Image& image, int quality);

}  // namespace libero
