// Must not link: shows that the example's link options find a use of the heap.

#include <stdlib.h>

int main(void) {
  volatile char* block = malloc(16);
  return block == NULL;
}
