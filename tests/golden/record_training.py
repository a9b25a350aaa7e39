#!/usr/bin/env python3
"""Records ten steps of fine-tuning a small VLA in PyTorch, into networks/training.npz.

usage: record_training.py UNIVLA_FOLDER

With the versions, networks, weights and formula of record_networks.py, which see. The loss and its step are those of
UniVLA's vla-scripts/finetune_libero.py at 0ab9e9d, in float32 and without accumulation: cross-entropy over shifted
labels as transformers computes it, L1 of the decoder's actions, gradients clipped before the optimiser's step, AdamW,
a tenth of the rate in the last fifth. Batches come from the formula too (tests/training/formula_batches.h), so that
only the losses and the gradients' norms are recorded, of three runs: "fixed" and "compat" (which states the decoder
gets) of all weights, and "lora" of PEFT's adapters.
"""
import pathlib
import sys

import numpy as np
import torch
from peft import LoraConfig, get_peft_model

from record_networks import Vla, fill, formula, ids, load_module, save, timm_names

NUM_STEPS, BATCH, LENGTH, PATCHES = 10, 3, 12, 16
PAD, END, FIRST_ACT, CHUNK = 96, 2, 97, (12, 7)
LAYERS = ["qkv", "proj", "fc1", "fc2", "fc3", "q", "kv", "q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj",
          "down_proj", "lm_head"]


def make_batch(step):
    """Pictures (B, 3, 56, 56) u8, ids and labels (B, L), actions; row r's answer begins at place 3 + (step + r) % 4."""
    pictures = ids(f"pictures.{step}", (BATCH, 3, 56, 56), 256).to(torch.uint8)
    prompts = ids(f"prompts.{step}", (BATCH, LENGTH), 90) + 3
    answers = ids(f"answers.{step}", (BATCH, 4), 16) + FIRST_ACT
    labels = torch.full_like(prompts, -100)
    for row in range(BATCH):
        first = 3 + (step + row) % 4
        prompts[row, first:first + 4], prompts[row, first + 4], prompts[row, first + 5:] = answers[row], END, PAD
        labels[row, first:first + 5] = prompts[row, first:first + 5]
    return pictures, prompts, labels, formula(f"actions.{step}", (BATCH, *CHUNK))


def tower_pixels(pictures):
    values = pictures.float() / 255
    column = lambda numbers: torch.tensor(numbers).view(3, 1, 1)
    imagenet = (values - column([0.485, 0.456, 0.406])) / column([0.229, 0.224, 0.225])
    return torch.cat([imagenet, (values - 0.5) / 0.5], dim=1)


def make_decoder(folder):
    MAPBlock = load_module("utils", folder / "prismatic/models/policy/transformer_utils.py").MAPBlock
    head = torch.nn.Module()
    head.latent_action_pool = MAPBlock(n_latents=1, vis_dim=32, embed_dim=24, n_heads=3)
    head.visual_pool = MAPBlock(n_latents=1, vis_dim=32, embed_dim=24, n_heads=3)
    head.proj = torch.nn.Sequential(torch.nn.Linear(24, CHUNK[0] * CHUNK[1]), torch.nn.Tanh())
    fill(head)
    return head


def losses_of(model, decoder, batch, is_compat):
    pictures, tokens, labels, actions = batch
    out = model(tower_pixels(pictures), tokens)
    shifted = torch.cat([labels[:, :1], torch.full((BATCH, PATCHES), -100), labels[:, 1:]], dim=1)
    cross_entropy = torch.nn.functional.cross_entropy(out.logits[:, :-1].flatten(0, 1), shifted[:, 1:].flatten(),
                                                      ignore_index=-100)
    hidden = out.hidden_states[-1]
    is_act = labels >= FIRST_ACT
    if is_compat:  # as the code is
        visual, text = hidden[:, :PATCHES], hidden[:, PATCHES:]
        latent = torch.stack([row[mask] for row, mask in zip(text, is_act)])
    else:  # the patches' states, and those that the tokens are predicted from
        visual, text = hidden[:, 1:PATCHES + 1], hidden[:, PATCHES:]
        latent = torch.stack([row[mask.roll(-1)] for row, mask in zip(text, is_act)])
    plan = decoder.proj(decoder.latent_action_pool(latent, init_embed=decoder.visual_pool(visual))).view(-1, *CHUNK)
    return cross_entropy, torch.nn.functional.l1_loss(plan, actions)


def train(folder, is_compat, has_lora):
    model, decoder = Vla(), make_decoder(folder)
    fill(model, timm_names)
    if has_lora:
        model = get_peft_model(model, LoraConfig(r=2, lora_alpha=2, target_modules=LAYERS))
        fill(model, lambda name: timm_names(name.removeprefix("base_model.model.").replace(".default.", "."))
             if "lora_" in name else None)
    parameters = [p for p in (*model.parameters(), *decoder.parameters()) if p.requires_grad]
    optimizer = torch.optim.AdamW(parameters, lr=1e-3, weight_decay=1e-2)
    scheduler = torch.optim.lr_scheduler.StepLR(optimizer, step_size=int(NUM_STEPS * 0.8), gamma=0.1)
    rows = []
    for step in range(NUM_STEPS):
        cross_entropy, l1 = losses_of(model, decoder, make_batch(step), is_compat)
        (cross_entropy + l1).backward()
        norm = torch.nn.utils.clip_grad_norm_(parameters, max_norm=1.0)
        optimizer.step()
        scheduler.step()
        optimizer.zero_grad()
        rows.append(((cross_entropy + l1).item(), cross_entropy.item(), l1.item(), norm.item()))
    return np.array(rows)


def main():
    folder = pathlib.Path(sys.argv[1]).resolve()
    torch.manual_seed(0)
    torch.set_num_threads(1)
    save("training", fixed=train(folder, False, False), compat=train(folder, True, False), lora=train(folder, False, True))


if __name__ == "__main__":
    main()
