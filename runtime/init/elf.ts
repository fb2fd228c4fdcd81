/**
 * The smallest ELF file Linux starts: static, at fixed addresses, one segment
 * to execute and one to write.
 *
 * @module
 */

/** `e_machine`, from elf.h. */
export const EM = { x86_64: 62, aarch64: 183 } as const;

const ET_EXEC = 2;
const PT = { LOAD: 1, GNU_STACK: 0x6474e551 } as const;
const PF = { X: 1, W: 2, R: 4 } as const;

const HEADER_SIZE = 64, PROGRAM_HEADER_SIZE = 56, PROGRAM_HEADERS = 3;

/** The largest page size of the two architectures. */
const ALIGN = 0x10000;

/** What an executable is made of. Addresses agree with offsets modulo 64 KiB. */
export interface Image {
  machine: number;
  /** The address of the first instruction. */
  entry: number;
  /** Mapped read-execute from the file's start; `code` lies at `offset`. */
  text: { address: number; offset: number; code: Uint8Array };
  /** Mapped read-write; zeros follow it up to `memorySize` bytes. */
  data: {
    address: number;
    offset: number;
    bytes: Uint8Array;
    memorySize: number;
  };
}

/** The file for `image`, per the System V ABI's Elf64_Ehdr and Elf64_Phdr. */
export function elfFile({ machine, entry, text, data }: Image): Uint8Array {
  const file = new Uint8Array(data.offset + data.bytes.length);
  const view = new DataView(file.buffer);

  // e_ident: magic, ELFCLASS64, ELFDATA2LSB, EV_CURRENT
  file.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
  view.setUint16(16, ET_EXEC, true);
  view.setUint16(18, machine, true);
  view.setUint32(20, 1, true); // e_version
  view.setUint32(24, entry, true);
  view.setUint32(32, HEADER_SIZE, true); // e_phoff
  view.setUint16(52, HEADER_SIZE, true); // e_ehsize
  view.setUint16(54, PROGRAM_HEADER_SIZE, true);
  view.setUint16(56, PROGRAM_HEADERS, true);

  const textSize = text.offset + text.code.length;
  const headers = [
    [PT.LOAD, PF.R | PF.X, 0, text.address, textSize, textSize],
    [
      PT.LOAD,
      PF.R | PF.W,
      data.offset,
      data.address,
      data.bytes.length,
      data.memorySize,
    ],
    [PT.GNU_STACK, PF.R | PF.W, 0, 0, 0, 0],
  ] as const;
  headers.forEach(([type, flags, offset, address, size, memory], index) => {
    const at = HEADER_SIZE + index * PROGRAM_HEADER_SIZE;
    view.setUint32(at, type, true);
    view.setUint32(at + 4, flags, true);
    view.setUint32(at + 8, offset, true);
    view.setUint32(at + 16, address, true); // p_vaddr
    view.setUint32(at + 24, address, true); // p_paddr
    view.setUint32(at + 32, size, true); // p_filesz
    view.setUint32(at + 40, memory, true); // p_memsz
    view.setUint32(at + 48, type === PT.LOAD ? ALIGN : 16, true);
  });

  file.set(text.code, text.offset);
  file.set(data.bytes, data.offset);
  return file;
}
