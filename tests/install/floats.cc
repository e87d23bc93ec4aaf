// Arithmetic that parts of -ffast-math compile to something else (float_flags_test.cmake).

float sum(const float* x, int n) {
  float s = 0.0f;
  for (int i = 0; i < n; ++i) s += x[i];
  return s;
}

float regroup(float a, float b) {
  return (a + b) - a;
}

void divide(float* x, int n, float by) {
  for (int i = 0; i < n; ++i) x[i] = x[i] / by;
}

float constant(float a) {
  return a / 3.0f;
}

float multiply_add(float a, float b, float c) {
  return a * b + c;
}

float add_zero(float a) {
  return a + 0.0f;
}

bool is_nan(float a) {
  return a != a;
}

float maximum(float a, float b) {
  return a > b ? a : b;
}

float zero_times(float a) {
  return a * 0.0f;
}

double literal(double a) {
  return a * 0.1;
}

float sine(float a) {
  return __builtin_sinf(a) / __builtin_cosf(a);
}
