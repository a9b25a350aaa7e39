#pragma once

#include <mujoco/mujoco.h>

#include "sim/cpu_renderer/cluster_mesh.h"

namespace libero {

// The shapes of MuJoCo's renderer, triangle by triangle: because lighting is computed at vertices,
// pictures depend on them. Quads (a, b, c, d) become (a, b, d) and (b, c, d), as Mesa splits them.
// source: mujoco@3.3.2:src/render/render_context.c (makePlane, mjr_uploadMesh, makeBuiltin)

// Shapes of half size or radius 1 around the origin, to be scaled by a geom's size. A sphere has
// `num_stacks` from pole to pole, half of them in a half sphere; the ends of a cylinder have half
// as many rings as it has stacks.
[[nodiscard]] TriangleSoup TessellateBox(int num_quads);
[[nodiscard]] TriangleSoup TessellatePlane(int num_quads);  // z = 0, [-1, 1]²
[[nodiscard]] TriangleSoup TessellateSphere(int num_slices, int num_stacks);

// The end of a capsule: the half of a sphere around (0, 0, sign) that is farther than its centre;
// `sign` is 1 or -1.
[[nodiscard]] TriangleSoup TessellateHalfSphere(int sign, int num_slices, int num_stacks);

[[nodiscard]] TriangleSoup TessellateOpenCylinder(int num_slices, int num_stacks);  // z in [-1, 1]
[[nodiscard]] TriangleSoup TessellateCylinder(int num_slices, int num_stacks);      // with ends

// The grid of a plane geom of the model, in its true size, and a mesh of the model, with the
// corners' normals as MuJoCo picks them.
[[nodiscard]] TriangleSoup TessellatePlaneGeom(const mjModel& model, int geom_id);
[[nodiscard]] TriangleSoup TessellateMesh(const mjModel& model, int mesh_id);

}  // namespace libero
