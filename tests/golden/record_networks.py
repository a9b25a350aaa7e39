#!/usr/bin/env python3
"""Records what the reference implementations of UniVLA's networks compute, into networks/*.npz.

usage: record_networks.py UNIVLA_FOLDER

For Python 3.11 with torch 2.11.0, transformers 4.57.6, timm 1.0.24, peft 0.21.2, einops 0.8.2, torchvision 0.26.0, on
a CPU.
UNIVLA_FOLDER is a checkout of OpenDriveLab/UniVLA at 0ab9e9d, of which the latent action model and the pooling blocks
are run as they are. Weights and inputs come from a formula of name and place (tests/policy/nn/formula_weights.h), so
that only outputs are recorded. Everything in float32, but for what is added up of gradients.
"""
import importlib.util
import pathlib
import sys
import types

import numpy as np
import torch
from peft import LoraConfig, get_peft_model
from timm.models.vision_transformer import VisionTransformer
from transformers import (Dinov2WithRegistersConfig, Dinov2WithRegistersModel, LlamaConfig, LlamaForCausalLM, T5Config,
                          T5EncoderModel)

OUT = pathlib.Path(__file__).resolve().parent / "networks"


# The formula

def words(name, count):
    seed = 0xcbf29ce484222325
    for byte in name.encode():
        seed = (seed ^ byte) * 0x100000001b3 % 2**64
    with np.errstate(over="ignore"):
        z = np.arange(1, count + 1, dtype=np.uint64) * np.uint64(0x9e3779b97f4a7c15) + np.uint64(seed)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xbf58476d1ce4e5b9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94d049bb133111eb)
        return z ^ (z >> np.uint64(31))


def formula(name, shape):
    values = (words(name, int(np.prod(shape))) >> np.uint64(40)).astype(np.int64) - (1 << 23)
    return torch.from_numpy((values.astype(np.float32) / np.float32(1 << 23)).reshape(shape))


def ids(name, shape, end):
    values = (words(name, int(np.prod(shape))) >> np.uint64(33)) % np.uint64(end)
    return torch.from_numpy(values.astype(np.int64).reshape(shape))


def is_scale(name):
    return (any(word in name for word in ("norm", "ffn.0.weight", "ffn.2.weight")) and name.endswith("weight")
            or name.endswith(("gamma", "scale_factor", "norm.g")))


def weight(name, shape):
    v = formula(name, shape)
    if len(shape) > 1:
        return v * np.float32(np.sqrt(3 / (v.numel() // shape[0])))
    return v * 0.25 + 1 if is_scale(name) else v * 0.25


def fill(module, rename=lambda name: name, prefix=""):
    """Fills the parameters by the names that they have in checkpoints; returns {that name: parameter}."""
    named = {}
    for name, parameter in module.named_parameters():
        name = rename(name)
        if name is None:
            continue
        with torch.no_grad():
            parameter.copy_(weight(prefix + name, tuple(parameter.shape)))
        named[name] = parameter
    module.eval()
    return named


def gradients(named):
    """Of each parameter in order of names: the norm of its gradient, and its product with a formula's values."""
    rows = []
    for name in sorted(named):
        gradient = named[name].grad
        gradient = torch.zeros_like(named[name]) if gradient is None else gradient
        probe = formula("probe." + name, tuple(gradient.shape)).double()
        rows.append((gradient.double().norm().item(), (gradient.double() * probe).sum().item()))
    return np.array(rows)


def save(name, **arrays):
    OUT.mkdir(exist_ok=True)
    np.savez(OUT / f"{name}.npz", **{key: np.asarray(value.detach() if torch.is_tensor(value) else value)
                                      for key, value in arrays.items()})


# Vision transformers

def timm_vit(image_size, patch_size, dim, depth, heads, mlp_dim, registers, is_siglip):
    return VisionTransformer(
        img_size=image_size, patch_size=patch_size, embed_dim=dim, depth=depth, num_heads=heads, mlp_ratio=mlp_dim / dim,
        class_token=not is_siglip, reg_tokens=registers, no_embed_class=True, num_classes=0,
        init_values=None if is_siglip else 1e-5, global_pool="map" if is_siglip else "token")


def timm_names(name):
    name = name.replace(".gamma", ".scale_factor")
    return None if name.startswith("fc_norm") else name


def record_timm():
    arrays = {}
    sizes = {"dino": (56, 14, 24, 3, 3, 96, 4, False), "siglip": (56, 14, 24, 3, 3, 90, 0, True),
             "dino_wide": (28, 14, 1024, 2, 16, 4096, 4, False), "siglip_wide": (28, 14, 1152, 2, 16, 4304, 0, True)}
    for name, size in sizes.items():
        model = timm_vit(*size)
        fill(model, timm_names, name + ".")
        pixels = formula("pixels", (2, 3, size[0], size[0]))
        tokens = model.forward_features(pixels)[:, model.num_prefix_tokens:]
        inner, = model.get_intermediate_layers(pixels, n={size[3] - 2})
        step = 16 if size[2] > 100 else 1
        arrays[name], arrays[name + ".intermediate"] = tokens[..., ::step], inner[..., ::step]
    save("vit", **arrays)


def hub_names(name):
    """Names of transformers → those of DINOv2's own code; query, key and value are packed by fill_hub."""
    for old, new in (("embeddings.patch_embeddings.projection", "patch_embed.proj"), ("embeddings.", ""),
                     ("position_embeddings", "pos_embed"), ("encoder.layer.", "blocks."),
                     ("attention.output.dense", "attn.proj"), ("layer_scale1.lambda1", "ls1.gamma"),
                     ("layer_scale2.lambda1", "ls2.gamma"), ("layernorm.", "norm.")):
        name = name.replace(old, new)
    return name


def fill_hub(model, prefix):
    fill(model, lambda name: None if ".attention.attention." in name else hub_names(name), prefix)
    for i, layer in enumerate(model.encoder.layer):
        inner = layer.attention.attention
        for kind in ("weight", "bias"):
            parts = [getattr(part, kind) for part in (inner.query, inner.key, inner.value)]
            shape = (3 * parts[0].shape[0], *parts[0].shape[1:])
            packed = weight(f"{prefix}blocks.{i}.attn.qkv.{kind}", shape)
            with torch.no_grad():
                for part, values in zip(parts, packed.chunk(3)):
                    part.copy_(values)


def hub_dino(dim, depth, heads, grid):
    return Dinov2WithRegistersModel(Dinov2WithRegistersConfig(
        hidden_size=dim, num_hidden_layers=depth, num_attention_heads=heads, mlp_ratio=4, image_size=14 * grid,
        patch_size=14, num_register_tokens=4)).eval()


def record_hub():
    arrays = {}
    for name, size, image_size in (("small", (24, 2, 3, 5), 42), ("wide", (768, 1, 12, 37), 28)):
        model = hub_dino(*size)
        fill_hub(model, name + ".")
        tokens = model(formula("pixels", (2, 3, image_size, image_size))).last_hidden_state[:, 5:]
        arrays[name] = tokens[..., ::16 if name == "wide" else 1]
    save("vit_hub", **arrays)


# Text

def llama(vocabulary, dim, depth, heads, mlp_dim):
    return LlamaForCausalLM(LlamaConfig(
        vocab_size=vocabulary, hidden_size=dim, num_hidden_layers=depth, num_attention_heads=heads,
        intermediate_size=mlp_dim, rms_norm_eps=1e-6, rope_theta=10000.0, tie_word_embeddings=False))


def record_llama():
    model = llama(96, 32, 2, 4, 86)
    named = fill(model)
    tokens = ids("tokens", (2, 11), 96)
    result = model(tokens, labels=tokens, output_hidden_states=True)
    result.loss.backward()
    arrays = {"logits": result.logits, "hidden": result.hidden_states[-1], "loss": result.loss,
              "gradients": gradients(named)}
    model = llama(64, 4096, 1, 32, 11008)
    fill(model)
    with torch.no_grad():
        result = model(ids("tokens", (2, 7), 64), output_hidden_states=True)
    save("llama", wide=result.hidden_states[-1][..., ::32], wide_logits=result.logits, **arrays)


def t5(vocabulary, dim, depth, heads, head_dim, mlp_dim):
    return T5EncoderModel(T5Config(vocab_size=vocabulary, d_model=dim, num_layers=depth, num_heads=heads, d_kv=head_dim,
                                   d_ff=mlp_dim, feed_forward_proj="relu")).eval()


def record_t5():
    arrays = {}
    for name, size in (("small", (64, 24, 2, 3, 8, 96)), ("wide", (64, 768, 1, 12, 64, 3072))):
        model = t5(*size)
        fill(model)
        mask = torch.ones(2, 150, dtype=torch.long)
        mask[1, 40:] = 0
        hidden = model(ids("tokens", (2, 150), 64), attention_mask=mask).last_hidden_state
        arrays[name] = (hidden * mask[..., None])[:, ::7, ::16 if name == "wide" else 1]
    save("t5", **arrays)


# UniVLA's own

def load_module(name, path):
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def hub_backbone(dim, depth, heads):
    """What torch.hub would give, on the same values: forward_features of DINOv2's own code."""
    model = hub_dino(dim, depth, heads, 37)
    fill_hub(model, "dino_encoder.")

    class Backbone(torch.nn.Module):
        def forward_features(self, pixels):
            return {"x_norm_patchtokens": model(pixels).last_hidden_state[:, 5:].detach()}
    return Backbone()


def record_lam(folder):
    sys.path.insert(0, str(folder))
    rotary = types.ModuleType("rotary_embedding_torch")  # imported, not used
    rotary.RotaryEmbedding = object
    sys.modules["rotary_embedding_torch"] = rotary
    torch.Tensor.cuda = lambda self, *_: self  # the code moves a table to the GPU
    torch.hub.load = lambda *_: hub_backbone(768, 1, 12)
    from latent_action_model.genie.modules import lam
    sizes = dict(in_dim=3, model_dim=768, latent_dim=128, num_latents=16, patch_size=14, enc_blocks=1, dec_blocks=1,
                 num_heads=12)
    text_encoder = t5(64, 768, 1, 12, 64, 3072)
    lam.T5EncoderModel = types.SimpleNamespace(from_pretrained=lambda _: text_encoder)
    lam.T5Tokenizer = types.SimpleNamespace(from_pretrained=lambda _: None)
    for stage in (1, 2):
        model = (lam.UncontrolledDINOLatentActionModel if stage == 1 else lam.ControllableDINOLatentActionModel)(**sizes)
        named = fill(model)
        arrays = {}
        for row, length in enumerate((5, 9)):  # one row at a time: with more, upstream mixes up their masks
            videos = (formula(f"videos.{row}", (1, 2, 3, 28, 28)) + 1) / 2
            batch = {"videos": videos}
            if stage == 1:
                tokens = ids(f"text.{row}", (1, length), 64)
                model.encode_text = lambda _, tokens=tokens: (
                    model.text_encoder(input_ids=tokens).last_hidden_state.detach(), torch.ones_like(tokens))
                batch["task_instruction"] = None
            out = model(batch)
            loss = (out["target"] - out["recon"]).square().mean()
            kinds = ("", "_uncontrol")[:stage]
            for kind in kinds:
                loss = loss + (out["emb" + kind].detach() - out["z" + kind]).square().mean()
                loss = loss + 0.25 * (out["emb" + kind] - out["z" + kind].detach()).square().mean()
                arrays[f"indices{kind}.{row}"] = out["indices" + kind]
                arrays[f"encoded{kind}.{row}"] = out["emb" + kind]
            arrays[f"prediction.{row}"] = out["recon"][:, 0, :, ::16]
            arrays[f"loss.{row}"] = loss
            loss.backward()
        trained = {name: p for name, p in named.items() if p.requires_grad}
        save(f"lam_stage{stage}", gradients=gradients(trained), **arrays)


def record_action_decoder(folder):
    MAPBlock = load_module("utils", folder / "prismatic/models/policy/transformer_utils.py").MAPBlock
    arrays = {}
    for name, vision, dim, heads in (("small", 40, 24, 3), ("wide", 4096, 512, 8)):
        head = torch.nn.Module()
        head.latent_action_pool = MAPBlock(n_latents=1, vis_dim=vision, embed_dim=dim, n_heads=heads)
        head.visual_pool = MAPBlock(n_latents=1, vis_dim=vision, embed_dim=dim, n_heads=heads)
        head.proj = torch.nn.Sequential(torch.nn.Linear(dim, 84), torch.nn.Tanh())
        named = fill(head)
        latent, visual = formula("latent", (2, 4, vision)), formula("visual", (2, 16, vision))
        actions = head.proj(head.latent_action_pool(latent, init_embed=head.visual_pool(visual))).view(2, 12, 7)
        (actions - formula("target", (2, 12, 7))).abs().mean().backward()
        arrays |= {name: actions, name + ".gradients": gradients(named)}
        if name == "small":
            torch.save(head.state_dict(), OUT / "action_decoder-small.pt")
    save("action_decoder", **arrays)


class Vla(torch.nn.Module):
    """Prismatic's order of tokens around timm's towers and Llama, as published checkpoints name their parts."""

    def __init__(self):
        super().__init__()
        self.vision_backbone = torch.nn.Module()
        self.vision_backbone.featurizer = timm_vit(56, 14, 24, 3, 3, 96, 4, False)
        self.vision_backbone.fused_featurizer = timm_vit(56, 14, 16, 3, 2, 60, 0, True)
        self.projector = torch.nn.Module()
        self.projector.fc1, self.projector.fc2 = torch.nn.Linear(40, 160), torch.nn.Linear(160, 32)
        self.projector.fc3 = torch.nn.Linear(32, 32)
        self.language_model = llama(128, 32, 2, 4, 86)

    def forward(self, pixels, tokens):
        towers = self.vision_backbone.featurizer, self.vision_backbone.fused_featurizer
        features = torch.cat([tower.get_intermediate_layers(part, n={1})[0]
                              for tower, part in zip(towers, pixels.split(3, dim=1))], dim=-1)
        gelu = torch.nn.functional.gelu
        patches = self.projector.fc3(gelu(self.projector.fc2(gelu(self.projector.fc1(features)))))
        text = self.language_model.get_input_embeddings()(tokens)
        return self.language_model(inputs_embeds=torch.cat([text[:, :1], patches, text[:, 1:]], dim=1),
                                   output_hidden_states=True)


def record_vla():
    model = Vla()
    named = fill(model, timm_names)
    pixels, tokens = formula("pixels", (2, 6, 56, 56)), ids("tokens", (2, 9), 128)
    out = model(pixels, tokens)
    labels = torch.cat([tokens[:, :1], torch.full((2, 16), -100), tokens[:, 1:]], dim=1)
    loss = torch.nn.functional.cross_entropy(out.logits[:, :-1].flatten(0, 1), labels[:, 1:].flatten())
    loss.backward()
    arrays = {"logits": out.logits[..., ::4], "hidden": out.hidden_states[-1], "loss": loss, "gradients": gradients(named)}
    # answers of 4 tokens, the most likely of 16 ids each, one row at a time and without a cache
    with torch.no_grad():
        for row, length in enumerate((9, 6)):
            prompt = tokens[row:row + 1, :length]
            for _ in range(4):
                logits = model(pixels[row:row + 1], prompt).logits[:, -1, 97:113]
                prompt = torch.cat([prompt, logits.argmax(-1, keepdim=True) + 97], dim=1)
            arrays[f"answer.{row}"] = prompt[0, length:] - 97
    save("vla", **arrays)


def record_adapter():
    """An adapter as PEFT saves it, and the logits with it. The layers are those that PEFT 0.11.1's "all-linear" takes."""
    layers = ["qkv", "proj", "fc1", "fc2", "fc3", "q", "kv", "q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj",
              "down_proj", "lm_head"]
    model = Vla()
    fill(model, timm_names)
    model.language_model = model.language_model.eval()
    adapted = get_peft_model(model, LoraConfig(r=2, lora_alpha=1, target_modules=layers))
    fill(adapted, lambda name: timm_names(name.removeprefix("base_model.model.").replace(".default.", "."))
         if "lora_" in name else None)
    with torch.no_grad():
        logits = adapted(formula("pixels", (2, 6, 56, 56)), ids("tokens", (2, 9), 128)).logits
    adapted.save_pretrained(OUT / "adapter")
    (OUT / "adapter" / "README.md").unlink()
    save("adapter", logits=logits[..., ::4])


def main():
    folder = pathlib.Path(sys.argv[1]).resolve()
    torch.manual_seed(0)
    torch.set_num_threads(1)
    record_timm()
    record_hub()
    record_llama()
    record_t5()
    record_lam(folder)
    record_action_decoder(folder)
    record_vla()
    record_adapter()


if __name__ == "__main__":
    main()
