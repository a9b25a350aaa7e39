#include "sim/video/video_file.h"

#include <fmt/format.h>

#include <array>
#include <string>
#include <system_error>

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/opt.h>
#include <libswscale/swscale.h>
}

#include "sim/base/check.h"

namespace libero {
namespace {

constexpr const char* kHint = "check that you may write there and that the disk has space";

std::string Message(int code) {
  std::array<char, AV_ERROR_MAX_STRING_SIZE> text{};
  av_strerror(code, text.data(), text.size());
  return text.data();
}

struct FreeCodec {
  void operator()(AVCodecContext* codec) const { avcodec_free_context(&codec); }
};
struct FreeFrame {
  void operator()(AVFrame* frame) const { av_frame_free(&frame); }
};
struct FreePacket {
  void operator()(AVPacket* packet) const { av_packet_free(&packet); }
};
struct FreeScaler {
  void operator()(SwsContext* scaler) const { sws_freeContext(scaler); }
};
struct FreeMuxer {
  void operator()(AVFormatContext* muxer) const {
    avio_closep(&muxer->pb);
    avformat_free_context(muxer);
  }
};

const AVCodec* FindEncoder() {
  const AVCodec* encoder = avcodec_find_encoder_by_name("libx264");
  if (encoder == nullptr) encoder = avcodec_find_encoder(AV_CODEC_ID_H264);
  if (encoder == nullptr) {
    throw Error("FFmpeg's libraries have no encoder for H.264",
                "Debian's libavcodec59 has libx264; another libavcodec is in its place");
  }
  return encoder;
}

class FfmpegFile final : public VideoFile {
 public:
  FfmpegFile(const std::filesystem::path& path, const VideoFormat& format);
  ~FfmpegFile() override;
  FfmpegFile(const FfmpegFile&) = delete;
  FfmpegFile& operator=(const FfmpegFile&) = delete;

  void Add(const Canvas& canvas) override;
  void Finish() override;

 private:
  void OpenCodec();
  void OpenMuxer();
  void Encode(const AVFrame* frame);  // null: no more

  // Throws Error for the codes of FFmpeg's errors.
  void Check(int code, const char* what) const {
    if (code >= 0) return;
    throw Error(fmt::format("{}: {}: {}", path_.string(), what, Message(code)), kHint);
  }

  std::filesystem::path path_;
  VideoFormat format_;
  std::unique_ptr<AVFormatContext, FreeMuxer> muxer_;
  std::unique_ptr<AVCodecContext, FreeCodec> codec_;
  std::unique_ptr<AVFrame, FreeFrame> frame_;
  std::unique_ptr<AVPacket, FreePacket> packet_;
  std::unique_ptr<SwsContext, FreeScaler> scaler_;
  AVStream* stream_ = nullptr;  // of muxer_
  int64_t num_frames_ = 0;
  bool is_finished_ = false;
};

FfmpegFile::FfmpegFile(const std::filesystem::path& path, const VideoFormat& format)
    : path_(path), format_(format) {
  LIBERO_CHECK(format.width > 0 && format.width % 2 == 0 && format.height > 0 &&
               format.height % 2 == 0);
  av_log_set_level(AV_LOG_FATAL);  // what fails, our errors say
  AVFormatContext* muxer = nullptr;
  Check(avformat_alloc_output_context2(&muxer, nullptr, "mp4", path.c_str()), "no MP4");
  muxer_.reset(muxer);
  OpenCodec();
  OpenMuxer();
  packet_.reset(av_packet_alloc());
  frame_.reset(av_frame_alloc());
  LIBERO_CHECK(packet_ != nullptr && frame_ != nullptr);
  frame_->format = codec_->pix_fmt;
  frame_->width = format.width;
  frame_->height = format.height;
  Check(av_frame_get_buffer(frame_.get(), 0), "no memory");
  scaler_.reset(sws_getContext(
      format.width, format.height, AV_PIX_FMT_RGB24, format.width, format.height, codec_->pix_fmt,
      SWS_BICUBIC | SWS_ACCURATE_RND | SWS_BITEXACT, nullptr, nullptr, nullptr));
  LIBERO_CHECK(scaler_ != nullptr);
}

FfmpegFile::~FfmpegFile() {
  if (is_finished_) return;
  muxer_.reset();
  std::error_code error;
  if (std::filesystem::is_regular_file(path_, error)) std::filesystem::remove(path_, error);
}

void FfmpegFile::OpenCodec() {
  const AVCodec* const encoder = FindEncoder();
  codec_.reset(avcodec_alloc_context3(encoder));
  LIBERO_CHECK(codec_ != nullptr);
  codec_->width = format_.width;
  codec_->height = format_.height;
  codec_->time_base = {1, format_.frames_per_second};
  codec_->framerate = {format_.frames_per_second, 1};
  codec_->pix_fmt = AV_PIX_FMT_YUV420P;
  codec_->color_range = AVCOL_RANGE_MPEG;
  codec_->colorspace = AVCOL_SPC_SMPTE170M;  // what libswscale makes of RGB
  codec_->thread_count = 1;                  // episodes are many, and so are their threads
  codec_->gop_size = 2 * format_.frames_per_second;
  codec_->flags |= AV_CODEC_FLAG_BITEXACT;
  if ((muxer_->oformat->flags & AVFMT_GLOBALHEADER) != 0) {
    codec_->flags |= AV_CODEC_FLAG_GLOBAL_HEADER;
  }
  // other encoders of H.264 have other options
  av_opt_set(codec_->priv_data, "preset", "veryfast", 0);
  av_opt_set(codec_->priv_data, "crf", "23", 0);
  Check(avcodec_open2(codec_.get(), encoder, nullptr), "the encoder does not start");
}

void FfmpegFile::OpenMuxer() {
  muxer_->flags |= AVFMT_FLAG_BITEXACT;
  stream_ = avformat_new_stream(muxer_.get(), nullptr);
  LIBERO_CHECK(stream_ != nullptr);
  stream_->time_base = codec_->time_base;
  stream_->avg_frame_rate = codec_->framerate;
  Check(avcodec_parameters_from_context(stream_->codecpar, codec_.get()), "no parameters");
  Check(avio_open(&muxer_->pb, path_.c_str(), AVIO_FLAG_WRITE), "cannot be made");
  // the index first, so that browsers show a video before they have all of it
  av_opt_set(muxer_->priv_data, "movflags", "+faststart", 0);
  Check(avformat_write_header(muxer_.get(), nullptr), "cannot be written");
}

void FfmpegFile::Add(const Canvas& canvas) {
  LIBERO_CHECK(canvas.width == format_.width && canvas.height == format_.height);
  Check(av_frame_make_writable(frame_.get()), "no memory");
  const std::array<const uint8_t*, 1> planes = {canvas.rgb.data()};
  const std::array<int, 1> strides = {3 * canvas.width};
  sws_scale(scaler_.get(), planes.data(), strides.data(), 0, canvas.height, frame_->data,
            frame_->linesize);
  frame_->pts = num_frames_++;
  Encode(frame_.get());
}

void FfmpegFile::Encode(const AVFrame* frame) {
  Check(avcodec_send_frame(codec_.get(), frame), "a picture cannot be encoded");
  for (;;) {
    const int code = avcodec_receive_packet(codec_.get(), packet_.get());
    if (code == AVERROR(EAGAIN) || code == AVERROR_EOF) return;
    Check(code, "a picture cannot be encoded");
    packet_->stream_index = stream_->index;
    packet_->duration = 1;
    av_packet_rescale_ts(packet_.get(), codec_->time_base, stream_->time_base);
    Check(av_interleaved_write_frame(muxer_.get(), packet_.get()), "cannot be written");
  }
}

void FfmpegFile::Finish() {
  LIBERO_CHECK(!is_finished_ && num_frames_ > 0);
  Encode(nullptr);
  Check(av_write_trailer(muxer_.get()), "cannot be written");
  Check(avio_closep(&muxer_->pb), "cannot be written");
  is_finished_ = true;
}

}  // namespace

std::unique_ptr<VideoFile> OpenVideoFile(const std::filesystem::path& path,
                                         const VideoFormat& format) {
  return std::make_unique<FfmpegFile>(path, format);
}

}  // namespace libero
